import Foundation
import Neural

/// The computer and the program, as reports and stage keys name them.
enum Machine {
  /// What decides a stage's bits besides its inputs.
  static func numerics(_ precision: Precision) -> [String: String] {
    var parts = numerics.merging(["precision": precision.rawValue]) { $1 }
    // Stages of versions whose attention multiplied floats in bf16, too, have other bits.
    if precision == .bf16 { parts["attention"] = "bf16" }
    return parts
  }

  private static var numerics: [String: String] {
    let environment = KernelEnvironment.current
    return [
      "cpu_level": environment.cpuLevel, "build_cpu": environment.buildCPU,
      "library_version": environment.libraryVersion,
    ]
  }

  /// What a run notes about where it was made.
  static var environment: [String: String] {
    numerics.merging([
      "cpu": cpuName, "directory": FileManager.default.currentDirectoryPath,
      "host": ProcessInfo.processInfo.hostName,
      "program": "regimen \(Regimen.version)",
      "system": ProcessInfo.processInfo.operatingSystemVersionString,
      "threads": String(KernelEnvironment.current.threads),
    ]) { first, _ in first }
  }

  /// The processor's name as the system gives it.
  static var cpuName: String {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else {
      return "unknown"
    }
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":", maxSplits: 1).last
    return name?.trimmingCharacters(in: .whitespaces) ?? "unknown"
  }

  /// The most memory that the process has held, in bytes.
  static var peakMemory: Int {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return usage.ru_maxrss * 1024
  }
}
