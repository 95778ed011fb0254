/// The places of the elements of several datasets, one dataset after the other. The first elements
/// of each are kept; any others are made when they are needed.
struct DataParts<Element> {
  private struct Part {
    let plan: EpochPlan.Part
    /// Where its elements begin among those that are kept, and how many these are.
    let firstKept: Int
    let kept: Int
    /// Makes one by its number in the dataset, which stands at a place among all.
    let make: ((_ index: Int, _ place: Int) throws -> Element)?
  }

  private var parts: [Part] = []

  /// The parts of a mixture.
  var plan: [EpochPlan.Part] { parts.map(\.plan) }

  var count: Int { parts.last.map { $0.plan.first + $0.plan.count } ?? 0 }

  /// Adds a dataset.
  ///
  /// - Parameters:
  ///   - kept: elements that are kept behind those of the datasets before.
  ///   - count: elements in all; nil: those that are kept.
  ///   - make: makes the others.
  mutating func append(
    weight: Double, kept: Int, count: Int? = nil,
    make: ((_ index: Int, _ place: Int) throws -> Element)? = nil
  ) {
    let firstKept = parts.last.map { $0.firstKept + $0.kept } ?? 0
    let plan = EpochPlan.Part(
      first: self.count, count: count ?? kept, weight: weight, index: parts.count)
    parts.append(Part(plan: plan, firstKept: firstKept, kept: kept, make: make))
  }

  /// The element at a place among all; `kept` gives one by its place among those that are kept.
  func element(_ place: Int, kept: (Int) -> Element) throws -> Element {
    guard let part = parts.last(where: { $0.plan.first <= place && $0.plan.count > 0 }) else {
      preconditionFailure("a place outside the data")
    }
    let index = place - part.plan.first
    if let make = part.make, index >= part.kept { return try make(index, place) }
    return kept(part.firstKept + index)
  }
}
