/// The forms in which ChatML templates are written, told apart by their outlines.
enum ChatMLForms {
  /// What a template does beyond ChatML.
  struct Found: Equatable {
    let defaultSystem: String?
  }

  /// What `outline` does if it is ChatML; nil if it is anything else.
  static func recognise(_ outline: JinjaOutline) -> Found? {
    let nodes = simplify(outline.nodes)
    if nodes == form(system: nil) { return Found(defaultSystem: nil) }
    guard let system = systemText(nodes) else { return nil }
    let known = [form(system: system), leadingForm(system: system)]
    return known.contains(nodes) ? Found(defaultSystem: system) : nil
  }

  /// A template with the default system message `system`, in the form of SmolLM2 and Qwen2.
  static func jinja(defaultSystem system: String?) -> String {
    let first = system.map { text in
      "{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\n\(text)"
        + "<|im_end|>\n' }}{% endif %}"
    }
    return "{% for message in messages %}\(first ?? "")"
      + "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
      + "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
  }

  private static let turn = JinjaOutline.Node.output([
    .text("<|im_start|>"), .value("message.role"), .text("\n"), .value("message.content"),
    .text("<|im_end|>\n"),
  ])

  private static let generationPrompt = JinjaOutline.Node.branch([
    .init(condition: "add_generation_prompt", body: [.output([.text("<|im_start|>assistant\n")])])
  ])

  private static func systemTurn(_ text: String) -> [JinjaOutline.Node] {
    [.output([.text("<|im_start|>system\n\(text)<|im_end|>\n")])]
  }

  /// SmolLM2, Qwen2: the default system message is written at the first turn of the loop.
  private static func form(system: String?) -> [JinjaOutline.Node] {
    let first = system.map { text in
      JinjaOutline.Node.branch([
        .init(
          condition: "loop.first and messages[0].role!='system'", body: systemTurn(text))
      ])
    }
    return [.loop("message in messages", (first.map { [$0] } ?? []) + [turn]), generationPrompt]
  }

  /// Qwen2.5: the system message, its own or the default one, is written before the loop.
  private static func leadingForm(system: String) -> [JinjaOutline.Node] {
    let own = JinjaOutline.Node.output([
      .text("<|im_start|>system\n"), .value("messages[0].content"), .text("<|im_end|>\n"),
    ])
    return [
      .branch([
        .init(condition: "messages[0].role=='system'", body: [own]),
        .init(condition: "true", body: systemTurn(system)),
      ]),
      .loop("message in messages", [.branch([.init(condition: plainTurns, body: [turn])])]),
      generationPrompt,
    ]
  }

  /// Qwen2.5's condition of an ordinary turn: all of those that can occur here, less a system
  /// message that was written already.
  private static let plainTurns =
    "(message.role=='user')or(message.role=='system'and not loop.first)"
    + "or(message.role=='assistant'and not message.tool_calls)"

  /// `nodes` without what never runs here: there are no tools, every role is one of three, and
  /// add_generation_prompt is always given.
  private static func simplify(_ nodes: [JinjaOutline.Node]) -> [JinjaOutline.Node] {
    nodes.flatMap { node -> [JinjaOutline.Node] in
      switch node {
      case .loop(let header, let body): return [.loop(header, simplify(body))]
      case .branch(let arms):
        var live = arms.filter {
          !["tools", "not add_generation_prompt is defined"].contains($0.condition)
        }
        if let plain = live.firstIndex(where: { $0.condition == plainTurns }) {
          live.removeSubrange((plain + 1)...)
        }
        if let only = live.first, only.condition == "true" { return simplify(only.body) }
        return live.isEmpty
          ? [] : [.branch(live.map { .init(condition: $0.condition, body: simplify($0.body)) })]
      default: return [node]
      }
    }
  }

  /// The first system message that is written out in `nodes`.
  private static func systemText(_ nodes: [JinjaOutline.Node]) -> String? {
    for node in nodes {
      switch node {
      case .output(let pieces):
        guard pieces.count == 1, case .text(let text) = pieces[0] else { continue }
        let (start, end) = ("<|im_start|>system\n", "<|im_end|>\n")
        if text.hasPrefix(start), text.hasSuffix(end), text.count >= start.count + end.count {
          return String(text.dropFirst(start.count).dropLast(end.count))
        }
      case .branch(let arms):
        for arm in arms { if let found = systemText(arm.body) { return found } }
      case .loop(_, let body): if let found = systemText(body) { return found }
      case .statement: continue
      }
    }
    return nil
  }
}
