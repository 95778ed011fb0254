import Foundation
import Randomness
import Testing

@testable import Text

/// Templates come from anywhere: none may trap, run without end or take memory without limit.
@Suite("Jinja's limits")
struct JinjaLimitTests {
  private static let least = "(-9223372036854775807 - 1)"
  private static let most = "9223372036854775807"

  /// Expects each template to end with a place and this problem.
  private func expect(_ cases: [(template: String, problem: String)]) {
    for (template, problem) in cases {
      let reason = JinjaTests.reason(template) ?? "it renders"
      #expect(reason.hasPrefix("line 1, column "), "\(template.prefix(80)): \(reason)")
      #expect(reason.hasSuffix(": " + problem), "\(template.prefix(80)): \(reason)")
    }
  }

  @Test("numbers that are too large are errors")
  func numbers() {
    let (least, most) = (Self.least, Self.most)
    let sums = [
      "-\(least)", "\(most) + 1", "\(least) - 1", "\(most) * 2", "\(least) // -1", "\(least)|abs",
      "10 ** 400", "3 ** \(most)", "10.0 ** 400", "1e300|int", "[\(most), 1]|sum",
      "99999999999999999999",
    ]
    expect(sums.map { ("{{ \($0) }}", "a number is too large") })
    expect(
      ["\(most)", "\(least), \(most)", "\(most), \(least), -1", "100001"].map {
        ("{{ range(\($0))|length }}", "a range is longer than 100000 numbers")
      })
  }

  @Test("indices, slices and widths may be any number")
  func indices() throws {
    let (least, most) = (Self.least, Self.most)
    let cases = [
      ("'abc'[\(most)] is defined", "False"), ("[1][\(least)] is defined", "False"),
      ("'abc'[\(least):\(most):\(most)]", "a"), ("'abc'[\(most):\(least):\(least)]", "c"),
      ("range(0, \(most), \(most))|list", "[0]"), ("\(least) % -1", "0"),
      ("'abc'.find('c', \(least))", "2"), ("'abc'.find('c', \(most))", "-1"),
      ("'abc'.startswith('a', \(least), \(most))", "True"),
      ("'a,b'.split(',', \(most))|length", "2"),
      ("'aa'.replace('a', 'b', \(most))", "bb"), ("'abc'.center(\(least))", "abc"),
      ("'abc'|truncate(3, leeway=\(most))", "abc"), ("'' * \(most)", ""),
      ("([] * \(most))|length", "0"),
      ("'a' * \(least)", ""),
    ]
    for (expression, text) in cases {
      #expect(try JinjaTests.render("{{ \(expression) }}") == text, "\(expression)")
    }
    let wide = [
      "'ab' * \(most)", "'a'.center(\(most))", "'a'.ljust(999999999)", "'1'.zfill(\(most))",
      "'a\\nb'|indent(\(most))", "[1]|tojson(indent=\(most))",
    ]
    expect(wide.map { ("{{ \($0) }}", "a text is longer than 8388608 bytes") })
    let long = ["[1] * \(most)", "[1]|batch(\(most), 0)|list", "[1]|slice(\(most))|list"]
    expect(long.map { ("{{ \($0) }}", "a list is longer than 1000000 items") })
    expect([("{{ '%99999999d' % 1 }}", "a '%' mark is wider than 1000")])
  }

  @Test("chains of any length render")
  func chains() throws {
    let count = 20_000
    func chain(_ first: String, _ more: String) -> String {
      "{{ \(first)" + String(repeating: more, count: count) + " }}"
    }
    #expect(try JinjaTests.render(chain("1", " + 1")) == "20001")
    #expect(try JinjaTests.render(chain("'a'", " ~ 'a'")).count == 20001)
    #expect(try JinjaTests.render(chain("1", " and 1")) == "1")
    #expect(try JinjaTests.render(chain("0", " or 0")) == "0")
    #expect(try JinjaTests.render(chain("1", " == 1")) == "True")
    #expect(try JinjaTests.render(chain("'a'", "|upper")) == "A")
    #expect(try JinjaTests.render(chain("'a'", "[0]")) == "a")
    #expect(try JinjaTests.render(chain("'a'", " 'a'")).count == 20001)
    expect([(chain("''", ".x"), "'x' is undefined")])
    let arms =
      "{% if 0 %}" + String(repeating: "{% elif 0 %}", count: count) + "{% else %}x{% endif %}"
    #expect(try JinjaTests.render(arms) == "x")
  }

  /// Templates that are nested as deep as they may be, and deeper.
  private static func nested(_ count: Int) -> [String] {
    func times(_ text: String) -> String { String(repeating: text, count: count) }
    return [
      "{{ " + times("(") + "1" + times(")") + " }}", "{{ " + times("[") + times("]") + " }}",
      "{{ " + times("{1: ") + "1" + times("}") + " }}", "{{ " + times("not ") + "1 }}",
      "{{ " + times("- ") + "1 }}", "{{ 1" + times(" if 1 else 1") + " }}",
      "{{ " + times("range(") + "1" + times(")|length") + " }}",
      times("{% if 1 %}") + times("{% endif %}"),
      times("{% for i in [1] %}") + times("{% endfor %}"),
      times("{% macro m() %}") + times("{% endmacro %}"),
      times("{% set a %}") + times("{% endset %}"),
      times("{% filter upper %}") + times("{% endfilter %}"),
      "{% set " + times("(") + "a" + times(")") + " = 1 %}",
    ]
  }

  private static let recursions = [
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro a() %}{{ b()|upper }}{% endmacro %}{% macro b() %}{{ (a() ~ 'x') * 2 }}{% endmacro %}{{ a() }}",
    "{% macro m() %}{% if 1 %}{% for i in [1] %}{{ [m()]|first }}{% endfor %}{% endif %}{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{% macro f() %}{% call m() %}{{ f() }}{% endcall %}{% endmacro %}{{ f() }}",
    "{% set n = namespace() %}{% set n.me = n %}{{ n }}",
  ]

  @Test("what is nested too deep is an error, also where the stack is small")
  func depth() {
    // The main thread has 8 MB, a stage's 64 MB.
    onSmallStack(bytes: 1 << 20) {
      for template in Self.nested(20_000) + Self.nested(101) {
        let reason = JinjaTests.reason(template) ?? "it renders"
        #expect(reason.contains("100 "), "\(template.prefix(20)): \(reason)")
      }
      for template in Self.nested(45) {
        #expect(JinjaTests.reason(template) == nil, "\(template.prefix(20))")
      }
      for template in Self.nested(90) { _ = JinjaTests.reason(template) }
      for template in Self.recursions {
        let reason = JinjaTests.reason(template) ?? "it renders"
        #expect(reason.hasSuffix("it runs deeper than 500 levels"), "\(template): \(reason)")
      }
    }
  }

  private func onSmallStack(bytes: Int, _ body: @escaping @Sendable () -> Void) {
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      body()
      done.signal()
    }
    thread.stackSize = bytes
    thread.start()
    done.wait()
  }

  @Test("what grows without end is an error")
  func growth() {
    func growing(_ start: String, _ step: String, turns: Int = 90) -> String {
      "{% set n = namespace(s=\(start)) %}{% for i in range(\(turns)) %}{% set n.s = \(step) %}"
        + "{% endfor %}{{ n.s is defined }}"
    }
    let long = ["n.s + n.s", "n.s ~ n.s", "n.s|join(n.s)", "n.s * 2"]
    expect([(growing("'xx'", "n.s.replace('x', 'xx')"), "it takes more than 4000000 steps")])
    expect(long.map { (growing("'xx'", $0), "a text is longer than 8388608 bytes") })
    expect([(growing("[1]", "n.s + n.s"), "a list is longer than 1000000 items")])
    let deep = ["[n.s]", "{1: n.s}", "(n.s,)", "[n.s]|reverse", "[n.s].copy", "dict(a=n.s)"]
    expect(
      deep.map { (growing("[]", $0, turns: 99_999), "a value is nested deeper than 100 levels") })
    #expect(JinjaTests.reason(growing("0", "namespace(p=n.s)", turns: 50_000)) == nil)
  }

  @Test("what takes too long is an error")
  func time() {
    let pair =
      "{% set n = namespace(s=[1], t=[1]) %}{% for i in range(90) %}"
      + "{% set n.s = [n.s, n.s] %}{% set n.t = [n.t, n.t] %}{% endfor %}"
    let tuple =
      "{% set n = namespace(s=(1,)) %}{% for i in range(90) %}{% set n.s = (n.s, n.s) %}"
      + "{% endfor %}"
    let text = "{% set s = 'a' * 1000000 %}{% for i in range(99999) %}"
    let cases = [
      "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
      "{% macro f(n) %}{% if n > 1 %}{{ f(n - 1) }}{{ f(n - 2) }}{% endif %}x{% endmacro %}{{ f(40) }}",
      pair + "{{ n.s }}", pair + "{{ n.s|tojson }}", pair + "{{ n.s == n.t }}",
      pair + "{{ n.s < n.t }}", tuple + "{{ {n.s: 1} }}",
      text + "{{ 'b' in s }}{% endfor %}", text + "{{ s|length }}{% endfor %}",
      text + "{{ s[-1] }}{% endfor %}", text + "{{ {s: 1}[s] }}{% endfor %}",
      "{% set l = range(99999)|list %}{% for i in l %}{{ -1 in l }}{% endfor %}",
      "{% for i in range(99999) %}{{ range(99999)|sort|length }}{% endfor %}",
    ]
    expect(cases.map { ($0, "it takes more than 4000000 steps") })
    let output = "{% for i in range(99999) %}{{ 'x' * 100000 }}{% endfor %}"
    expect([(output, "the output is longer than 8388608 bytes")])
    let template = String(repeating: "x", count: JinjaLimits.template + 1)
    #expect(JinjaTests.reason(template) == "it is longer than 1048576 characters")
    // A search takes time in proportion to both texts.
    let search = "{% set s = 'a' * 1000000 %}{{ s.split('a' * 500000 ~ 'b')|length }}"
    #expect(JinjaTests.reason(search) == nil)
  }

  @Test("random templates end with a text or with a place")
  func fuzz() {
    var random = RandomStream(seed: 7, 1)
    let isThorough = ProcessInfo.processInfo.environment["REGIMEN_TEST_ALL"] != nil
    var rendered = 0
    for _ in 0..<(isThorough ? 100_000 : 2000) {
      var grammar = JinjaGrammar(random: random)
      var template = grammar.template()
      random = grammar.random
      if Bool.random(using: &random) { template = mutated(template, &random) }
      do {
        _ = try JinjaTests.render(template, JinjaGrammar.variables)
        rendered += 1
      } catch {
        #expect((error as? JinjaError)?.place != nil, "\(template): \(error)")
      }
    }
    // Half are damaged, and much of what is made at random is no sense.
    #expect(rendered > 20, "\(rendered)")
  }

  private func mutated(_ template: String, _ random: inout RandomStream) -> String {
    var scalars = Array(template.unicodeScalars)
    for _ in 0...Int.random(in: 0..<3, using: &random) where !scalars.isEmpty {
      let place = Int.random(in: 0..<scalars.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: scalars.remove(at: place)
      case 1:
        let end = min(scalars.count, place + 12)
        scalars.insert(
          contentsOf: scalars[place..<end], at: Int.random(in: 0..<end, using: &random))
      case 2:
        scalars[place] =
          "{}%#-+'\"()[]|.~*/\\ \n\u{0}é".unicodeScalars.randomElement(using: &random) ?? " "
      default: scalars = Array(scalars.prefix(place))
      }
    }
    return String(scalars: scalars)
  }
}

/// Makes templates at random.
struct JinjaGrammar {
  var random: RandomStream
  private var depth = 0

  private static let filters = JinjaFilter.names
  private static let methods = JinjaMethods.names.sorted()
  private static let tests = JinjaTest.names.filter { $0.first?.isLetter == true }

  init(random: RandomStream) { self.random = random }

  static var variables: [String: JinjaValue] {
    [
      "a": .integer(3), "s": .string("Hé <b>\n"), "l": .list([.integer(1), .string("x"), .none]),
      "m": .dictionary([("role", .string("user")), ("n", .float(1.5))]),
      "messages": .list([.dictionary([("role", .string("user")), ("content", .string("hi"))])]),
    ]
  }

  private mutating func pick<Item>(_ items: [Item]) -> Item {
    items[Int.random(in: 0..<items.count, using: &random)]
  }

  mutating func template() -> String {
    (0...Int.random(in: 0..<4, using: &random)).map { _ in node() }.joined()
  }

  private mutating func node() -> String {
    depth += 1
    defer { depth -= 1 }
    guard depth < 4 else { return "{{ \(expression()) }}" }
    let (open, close) = (pick(["{%", "{%-", "{%+"]), pick(["%}", "-%}", "+%}"]))
    func tag(_ text: String) -> String { "\(open) \(text) \(close)" }
    switch Int.random(in: 0..<12, using: &random) {
    case 0: return tag("if \(expression())") + template() + tag("else") + template() + tag("endif")
    case 1: return tag("for x in \(expression())") + template() + tag("endfor")
    case 2:
      return tag("for x, y in \(expression()) if \(expression())") + template() + tag("endfor")
    case 3: return tag("set \(pick(["x", "y", "ns"])) = \(expression())")
    case 4: return tag("set ns = namespace(x=\(expression()))") + tag("set ns.x = \(expression())")
    case 5: return tag("macro f(x, y=\(expression()))") + template() + tag("endmacro")
    case 6: return tag("call f(\(expression()))") + template() + tag("endcall")
    case 7: return tag("filter \(pick(Self.filters))") + template() + tag("endfilter")
    case 8: return tag("set x") + template() + tag("endset")
    case 9:
      return tag("for x in l") + template() + tag("if \(expression())")
        + tag(pick(["break", "continue"])) + tag("endif") + tag("endfor")
    case 10: return pick(["text\n", "  \n ", "{# note #}", "{% raw %}{{ x }}{% endraw %}"])
    default: return "{{ \(expression()) }}"
    }
  }

  private mutating func expression() -> String {
    depth += 1
    defer { depth -= 1 }
    guard depth < 5 else { return atom() }
    switch Int.random(in: 0..<13, using: &random) {
    case 0:
      return "(\(expression()) \(pick(["+", "-", "*", "/", "//", "%", "**", "~"])) \(expression()))"
    case 1:
      return
        "\(expression()) \(pick(["==", "!=", "<", ">=", "in", "not in", "and", "or"])) \(atom())"
    case 2: return "\(expression())|\(pick(Self.filters))"
    case 3: return "\(atom())|\(pick(Self.filters))(\(expression()))"
    case 4: return "\(atom()) is \(pick(Self.tests))"
    case 5:
      return "\(atom()).\(pick(Self.methods))(\(pick(["", expression(), atom()])))"
    case 6: return "\(atom())[\(expression())]"
    case 7: return "\(atom())[\(atom()):\(atom()):\(atom())]"
    case 8: return "[\(expression()), \(atom())]"
    case 9: return "{\(atom()): \(expression())}"
    case 10: return "(\(expression()) if \(atom()) else \(expression()))"
    case 11: return "\(pick(["range", "dict", "namespace", "f", "loop.cycle"]))(\(atom()))"
    default: return atom()
    }
  }

  private mutating func atom() -> String {
    pick([
      "1", "0", "-7", "2.5", "1e308", "9223372036854775807", "'é\\n'", "'a,b'", "''", "none",
      "true",
      "a", "s", "l", "m", "x", "y", "ns", "ns.x", "loop", "loop.index", "m.role", "messages",
      "messages[0].content", "missing", "f", "range(9)", "(1, 2)", "'%s%d'", "'{}'",
    ])
  }
}
