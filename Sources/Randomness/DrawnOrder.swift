/// The order that `RandomStream.permutation` gives, drawn as far as it is asked for.
///
/// Beginning takes no time. Memory grows with the places that were drawn, by about 20 bytes each; the
/// length of the order adds nothing.
public struct DrawnOrder: Sendable {
  public let count: Int
  private var stream: RandomStream
  /// The first places of the order.
  private var drawn: [Int] = []
  /// What stands at places behind them, where it is not the place's own number.
  private var moved: [Int: Int] = [:]

  /// An order of `0..<count`, with the numbers that `stream` would give `permutation`.
  public init(_ count: Int, from stream: RandomStream) {
    self.count = count
    self.stream = stream
  }

  /// What stands at a place; all places before it are drawn, too.
  public subscript(place: Int) -> Int {
    mutating get {
      precondition(place < count, "a place behind the end of the order")
      while drawn.count <= place { drawNext() }
      return drawn[place]
    }
  }

  /// A step of the shuffle by Fisher and Yates, as the standard library takes it: from the front.
  private mutating func drawNext() {
    let place = drawn.count
    let left = count - place
    let other = left > 1 ? place + Int.random(in: 0..<left, using: &stream) : place
    let own = moved.removeValue(forKey: place) ?? place
    guard other != place else { return drawn.append(own) }
    drawn.append(moved.updateValue(own, forKey: other) ?? other)
  }
}
