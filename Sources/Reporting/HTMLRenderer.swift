/// A report as one self-contained page: no script, no external resource; prints well, light and dark.
package enum HTMLRenderer {
  package static func render(_ report: Report) -> String {
    "<!doctype html><title>Wattlog</title><pre>\(report.total.kWh.text) kWh</pre>"
  }
}
