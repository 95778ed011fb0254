/// Hands results on in the order of their numbers, whatever the order in which they come.
struct InOrder<Value> {
  private var waiting: [Int: Value] = [:]
  private var next = 0
  private let use: (Value) -> Void

  init(_ use: @escaping (Value) -> Void) { self.use = use }

  mutating func add(_ number: Int, _ value: Value) {
    waiting[number] = value
    while let value = waiting.removeValue(forKey: next) {
      use(value)
      next += 1
    }
  }
}
