import Readings
import Work

/// Independent pieces of work on as many threads as there are processors.
enum Workers {
  static let sideBySide = SideBySide { count, piece in crew.run(count, piece) }

  private static let crew = Crew(prepare: Allocator.useLargePages)
}
