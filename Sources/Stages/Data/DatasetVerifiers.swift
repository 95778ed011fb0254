import Datasets
import Host
import Recipes
import Tasks

extension DatasetConfiguration {
  /// The verifiers that judge answers to the rows, with the revisions of their rules: what the entry,
  /// its task or its file's format says. A verifier that a row of a file names for itself is not here.
  func verifiers(in files: any FileAccess) -> [String: Int] {
    let known = verifierNames(in: files).compactMap(Verifier.named).map { ($0.name, $0.revision) }
    return Dictionary(known) { first, _ in first }
  }

  private func verifierNames(in files: any FileAccess) -> [String] {
    if options.judgingTemplate != nil { return ["judgment"] }
    if let name = options.verifier { return [name] }
    if let task = options.task { return TaskCatalog.type(named: task)?.verifiers ?? [] }
    let found = try? resolved(in: files)
    switch found?.format {
    case .math?: return found?.statesAnswers(in: files) == true ? ["boxed", "numeric"] : ["boxed"]
    case .multipleChoice?: return ["choice"]
    case .text?: return []
    default: return found?.finalAnswer == nil ? ["numeric"] : ["boxed", "numeric"]
    }
  }
}
