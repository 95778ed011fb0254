import Foundation
import Host
import TestSupport
import Testing

@testable import Neural

@Suite struct MemoryRoomTests {
  /// Files as Linux has them below a folder of the test's own.
  private func room(
    _ files: [String: String], addressSpace: Int? = nil
  ) throws -> MemoryRoom? {
    let root = try TemporaryFolder()
    for (path, text) in files { try root.write(path, text.utf8) }
    return MemoryRoom.now(root: root.path, addressSpace: addressSpace)
  }

  private let machine = ["proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    2048 kB\n"]

  @Test("without limits it is what the machine has")
  func plain() throws {
    #expect(try room(machine) == MemoryRoom(bytes: 2 << 20, limit: "the machine"))
    #expect(try room([:]) == nil)
    #expect(try room(machine)?.keeping(3 << 20).bytes == 0)
  }

  @Test("a control group of version 2 counts, and so do those above it; cached files make room")
  func second() throws {
    let files = machine.merging([
      "proc/self/cgroup": "0::/user/job\n",
      "sys/fs/cgroup/user/job/memory.max": "max\n",
      "sys/fs/cgroup/user/job/memory.current": "700\n",
      "sys/fs/cgroup/user/memory.max": "1000\n",
      "sys/fs/cgroup/user/memory.current": "800\n",
      "sys/fs/cgroup/user/memory.stat": "anon 1\ninactive_file 50\n",
    ]) { $1 }
    #expect(try room(files) == MemoryRoom(bytes: 250, limit: "the control group's memory.max"))
  }

  @Test("so does one of version 1, whose files may lie at the top, as in a container")
  func first() throws {
    let files = machine.merging([
      "proc/self/cgroup": "5:cpu,memory:/docker/1\n0::/\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "5000\n",
      "sys/fs/cgroup/memory/memory.usage_in_bytes": "4000\n",
      "sys/fs/cgroup/memory/memory.stat": "total_inactive_file 100\n",
    ]) { $1 }
    #expect(
      try room(files)
        == MemoryRoom(bytes: 1100, limit: "the control group's memory.limit_in_bytes"))
    let none = files.merging([
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"
    ]) { $1 }
    #expect(try room(none)?.limit == "the machine")
  }

  @Test("ulimit -v counts from what the process has mapped")
  func addressSpace() throws {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let files = machine.merging(["proc/self/statm": "10 5 1 1 0 1 0\n"]) { $1 }
    #expect(
      try room(files, addressSpace: 12 * page)
        == MemoryRoom(bytes: 2 * page, limit: "ulimit -v"))
  }

  @Test("what a few rows leave in a workspace for many lies close together")
  func workspace() {
    let config = ModelConfig(
      modelType: .llama, vocabSize: 32, hiddenSize: 64, intermediateSize: 128, numHiddenLayers: 2,
      numAttentionHeads: 4, numKeyValueHeads: 2, headDim: 16, tieWordEmbeddings: true)
    let workspace = DecoderWorkspace(sizes: DecoderSizes(config), keeping: .all)
    func rowsApart() -> Int {
      (workspace.stream(1, rows: 5).base - workspace.stream(0, rows: 5).base) / 64
    }
    workspace.reserve(rows: 2048, scored: 2048)
    let first = workspace.stream(0, rows: 5).base
    #expect(rowsApart() == 2048)
    workspace.reserve(rows: 5, scored: 2)
    #expect(rowsApart() == 16, "whole vectors")
    #expect(workspace.stream(0, rows: 5).base == first, "the memory that was taken before")
  }

  @Test("a copy of a file holds all pieces of it, down to none")
  func exact() throws {
    for count in [0, 1, 5_000_000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
      let data = try Data.copy(
        of: FileContent(size: count) { sink in
          try bytes[..<(count / 3)].withUnsafeBytes(sink)
          try bytes[(count / 3)...].withUnsafeBytes(sink)
        })
      #expect(data.count == count)
      #expect(data.enumerated().allSatisfy { $1 == UInt8(truncatingIfNeeded: $0) })
    }
  }

  @Test("memory is zero at every size, also where it was used before")
  func zeroed() {
    for count in [0, 1, 1000, (1 << 19) - 1, 1 << 19, (1 << 20) + 3, (1 << 23) + 7] {
      for _ in 0..<3 {
        let memory = Tensor(count: count)
        #expect(memory.floats.array.allSatisfy { $0 == 0 }, "\(count)")
        memory.floats.fill(1)
      }
    }
  }
}
