import Testing

@testable import Insight

@Suite("Table of domains")
struct DomainTableTests {
  @Test("each domain with its means, and a total weighted by samples")
  func table() throws {
    let table = try #require(
      DomainTable([
        "domains/math/samples": 300, "domains/math/rounds": 1, "domains/math/tokens": 6094.24,
        "domains/general/samples": 100, "domains/general/rounds": 1.1,
        "domains/general/tokens": 1419.8, "kept": 400,
      ]))
    #expect(
      table.table.render() == """
        domain   samples  avg rounds  avg tokens
        general      100         1.1      1419.8
        math         300         1.0      6094.2
        total        400         1.0      4925.6
        """)
  }

  @Test("tokens that nobody counted are left out; without domains there is no table")
  func unknown() throws {
    let table = try #require(DomainTable(["domains/d/samples": 2, "domains/d/rounds": 1]))
    #expect(table.table.rows.last == ["total", "2", "1.0", ""])
    #expect(DomainTable(["kept": 3]) == nil)
  }
}
