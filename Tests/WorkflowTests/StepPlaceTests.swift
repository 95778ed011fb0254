import Testing

@testable import Workflow

@Suite("Where a stage is inside its step")
struct StepPlaceTests {
  @Test("what it does now and what else is open is said, what is done is not")
  func words() {
    var place = StepPlace()
    #expect(place.words == nil && place.current == nil)
    place.note("sampled", done: 32, of: 64)
    #expect(place.words == "sampled 32/64")
    place.note("scored", done: 0, of: 64)
    #expect(place.words == "sampled 32/64, scored 0/64")
    place.note("sampled", done: 64, of: 64)
    place.note("scored", done: 40, of: 64)
    #expect(place.words == "scored 40/64")
    #expect(place.current == .init(phase: "scored", done: 40, of: 64))
    place.note("scored", done: 64, of: 64)
    place.note("trained", done: 0, of: 64)
    #expect(place.words == "trained 0/64")
  }
}
