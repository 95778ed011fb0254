import COneDNN

/// What numbers depend on besides their inputs: the CPU's instructions and the library's version
/// choose the kernels. `threads` is for reports; no result depends on it.
public struct KernelEnvironment: Sendable, Equatable {
  /// The instructions in use, under oneDNN's name, for example "avx512_core".
  public let cpuLevel: String
  /// The processor that our own loops were compiled for, for example "haswell", or "portable".
  public let buildCPU: String
  /// The version of oneDNN, for example "2.6.3".
  public let libraryVersion: String
  public let threads: Int

  public static var current: KernelEnvironment {
    KernelEnvironment(
      cpuLevel: String(cString: onednn_cpu_level()),
      buildCPU: String(cString: onednn_build_cpu()),
      libraryVersion: String(cString: onednn_version()), threads: Int(onednn_threads()))
  }
}

/// Sets the number of threads of all kernels; once, when the program starts.
public func setThreads(_ count: Int) {
  precondition(count > 0, "\(count) threads")
  onednn_set_threads(Int32(clamping: count))
}
