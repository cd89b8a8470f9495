import Glibc

/// One run of a program to its end: what it took.
struct ChildRun {
  /// Seconds on the clock.
  var wall: Double
  /// Seconds of processor time, user and system.
  var processor: Double
  /// The largest resident set, in bytes.
  var residentByteCount: Int
  var isGood: Bool

  /// Runs a program with its output to `output`; what it says on standard error is shown.
  init(_ words: [String], output: String = "/dev/null") {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    argv.append(nil)
    defer { for word in argv { free(word) } }
    var before = timespec()
    var after = timespec()
    var child = pid_t()
    var status: Int32 = 0
    var usage = rusage()
    clock_gettime(CLOCK_MONOTONIC, &before)
    let isStarted = posix_spawn(&child, words[0], &actions, nil, argv, environ) == 0
    if isStarted { while wait4(child, &status, 0, &usage) < 0 && errno == EINTR {} }
    clock_gettime(CLOCK_MONOTONIC, &after)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    wall = Double(after.tv_sec - before.tv_sec) + Double(after.tv_nsec - before.tv_nsec) / 1e9
    processor = seconds(usage.ru_utime) + seconds(usage.ru_stime)
    residentByteCount = Int(usage.ru_maxrss) * 1024
    isGood = isStarted && status == 0
    if !isGood { print("benchmarks: '\(words.joined(separator: " "))' failed") }
  }

  /// The run with the median processor time of several.
  static func median(of count: Int, _ run: () -> ChildRun) -> ChildRun {
    var runs: [ChildRun] = []
    for _ in 0..<count { runs.append(run()) }
    return runs.sorted { $0.processor < $1.processor }[count / 2]
  }
}

/// Bytes of all files below a directory.
func treeByteCount(_ path: String) -> Int {
  guard let directory = opendir(path) else { return fileByteCount(path) }
  defer { closedir(directory) }
  var sum = 0
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if name != "." && name != ".." { sum += treeByteCount(path + "/" + name) }
  }
  return sum
}

/// Bytes of one file; 0 where there is none.
func fileByteCount(_ path: String) -> Int {
  var status = stat()
  return stat(path, &status) == 0 ? Int(status.st_size) : 0
}

/// Removes a directory with all that is in it.
func removeTree(_ path: String) {
  if let directory = opendir(path) {
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != "." && name != ".." { removeTree(path + "/" + name) }
    }
    closedir(directory)
  }
  remove(path)
}
