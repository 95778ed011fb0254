import Testing

@testable import Neural

@Suite("Parallel loops")
struct ParallelTests {
  @Test(
    "each index is visited once, in the same chunks on any number of threads",
    arguments: [0, 1, 5, 6, 7, 1000])
  func chunks(count: Int) {
    for threads in [1, 2, 5] {
      let visits = Tensor(count: count)
      let starts = Tensor(count: count)
      let (floats, first) = (visits.floats, starts.floats)
      withThreads(threads) {
        Parallel.chunks(count, grain: 6) { range in
          first[range.lowerBound] = Float(range.count)
          for i in range { floats[i] += 1 }
        }
      }
      #expect(floats.array.allSatisfy { $0 == 1 })
      #expect(first.array == (0..<count).map { $0 % 6 == 0 ? Float(min(6, count - $0)) : 0 })
    }
  }

  @Test("a loop inside a loop runs on the thread that it is on")
  func nested() {
    let sums = Tensor(count: 40)
    let floats = sums.floats
    withThreads(2) {
      Parallel.chunks(8, grain: 1) { outer in
        for row in outer {
          Parallel.chunks(5, grain: 2) { inner in
            for i in inner { floats[row * 5 + i] += Float(row) }
          }
        }
      }
    }
    #expect(floats.array == (0..<40).map { Float($0 / 5) })
  }

  @Test(
    "each row is in one block; blocks fill the threads, or the loops within them do",
    arguments: [0, 1, 255, 512, 1000])
  func rows(count: Int) {
    for threads in [1, 2, 3] {
      let visits = Tensor(count: count)
      let inner = Tensor(count: 1 + count)
      let (floats, loops) = (visits.floats, inner.floats)
      withThreads(threads) {
        Parallel.rows(count) { part in
          for row in part {
            floats[row] += 1
            loops[row] = Float(Parallel.threads)
          }
        }
      }
      #expect(floats.array == [Float](repeating: 1, count: count))
      let isShared = count < 256 * threads
      #expect(loops.array.prefix(count).allSatisfy { $0 == (isShared ? Float(threads) : 1) })
    }
  }

  @Test("the environment names the CPU's level, the library's version and the threads")
  func environment() {
    let environment = withThreads(3) { KernelEnvironment.current }
    #expect(environment.threads == 3)
    #expect(environment.libraryVersion.split(separator: ".").count == 3)
    #expect(!environment.cpuLevel.isEmpty)
  }
}
