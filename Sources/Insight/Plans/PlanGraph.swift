import Recipes
public import Workflow

/// The stages of a plan and what flows between them, as a picture.
public struct PlanGraph {
  public enum Format: String, CaseIterable, Sendable { case text, mermaid, dot }

  /// `output`: what the edge carries, when it is not the first output of a stage.
  private struct Edge { let from: String, to: String, label: String }
  private struct Node { let name: String, note: String, isSource: Bool }

  private let nodes: [Node]
  private let edges: [Edge]

  public init(_ plan: Plan) {
    let actions = Dictionary(uniqueKeysWithValues: plan.steps.map { ($0.name, $0.action.word) })
    var sources: [Node] = []
    var edges: [Edge] = []
    for stage in plan.recipe.stages where actions[stage.name] != nil {
      for (port, references) in stage.inputs.sorted(by: { $0.key < $1.key }) {
        for reference in references {
          switch reference.origin {
          case .stage(let name, _): edges.append(Edge(from: name, to: stage.name, label: port))
          case .source(let name):
            edges.append(Edge(from: name, to: stage.name, label: port))
            if !sources.contains(where: { $0.name == name }) {
              let type = plan.recipe.models[name] == nil ? "dataset" : "model"
              sources.append(Node(name: name, note: type, isSource: true))
            }
          }
        }
      }
    }
    let stages = plan.recipe.stages.compactMap { stage in
      actions[stage.name].map {
        Node(name: stage.name, note: "\(stage.kind), \($0)", isSource: false)
      }
    }
    nodes = sources + stages
    self.edges = edges
  }

  public func render(_ format: Format) -> String {
    switch format {
    case .text: text
    case .mermaid: mermaid
    case .dot: dot
    }
  }

  private var text: String {
    nodes.map { node in
      let inputs = edges.filter { $0.to == node.name }.map { "\($0.label) \($0.from)" }
      let from = inputs.isEmpty ? "" : " <- " + inputs.joined(separator: ", ")
      return "\(node.name) (\(node.note))\(from)"
    }.joined(separator: "\n")
  }

  private var mermaid: String {
    let boxes = nodes.enumerated().map { index, node in
      let text = "\"\(node.name)<br/>\(node.note)\""
      return node.isSource ? "  n\(index)([\(text)])" : "  n\(index)[\(text)]"
    }
    let arrows = edges.map { "  n\(index($0.from)) -->|\($0.label)| n\(index($0.to))" }
    return (["flowchart TD"] + boxes + arrows).joined(separator: "\n")
  }

  private var dot: String {
    let boxes = nodes.map { node in
      let shape = node.isSource ? "ellipse" : "box"
      return "  \"\(node.name)\" [shape=\(shape), label=\"\(node.name)\\n\(node.note)\"];"
    }
    let arrows = edges.map { "  \"\($0.from)\" -> \"\($0.to)\" [label=\"\($0.label)\"];" }
    return (["digraph regimen {"] + boxes + arrows + ["}"]).joined(separator: "\n")
  }

  private func index(_ name: String) -> Int { nodes.firstIndex { $0.name == name } ?? 0 }
}
