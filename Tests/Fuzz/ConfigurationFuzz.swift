import Configuration
import Household
import JSON5

/// JSON5, a configuration, and a condition of `check`.
public func fuzzConfiguration(_ input: UnsafeRawBufferPointer) {
  let bytes = [UInt8](input)
  _ = try? JSON5.parse(bytes)
  do throws(ConfigurationError) {
    _ = try Configuration(parsing: bytes)
  } catch {
    precondition(!error.lines(in: "wattlog.json").isEmpty, "an error without a word")
  }
  let text = String(decoding: bytes, as: UTF8.self)
  do throws(CheckCondition.SyntaxError) {
    _ = try CheckCondition(text)
  } catch {
    precondition(error.place >= 1 && error.place <= text.count + 1, "an error outside the text")
  }
}
