import Foundation

/// Student's t distribution.
public enum StudentT {
  /// P(|T| ≥ |t|) with `degrees` of freedom: the p-value of a two-sided test.
  public static func twoSided(_ t: Double, degrees: Double) -> Double {
    precondition(degrees > 0, "\(degrees) degrees of freedom")
    guard t.isFinite else { return t.isNaN ? .nan : 0 }
    return regularizedBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
  }

  /// The t that |T| stays below with this probability: 0.95 gives the 97.5 % quantile.
  ///
  /// Found by halving, since `twoSided` falls in t, to the last digits of a double.
  public static func critical(confidence: Double, degrees: Double) -> Double {
    precondition(0 < confidence && confidence < 1, "a confidence of \(confidence)")
    let tail = 1 - confidence
    var (low, high) = (0.0, 1.0)
    while twoSided(high, degrees: degrees) > tail { (low, high) = (high, high * 2) }
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if middle == low || middle == high { break }
      if twoSided(middle, degrees: degrees) > tail { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}

extension StudentT {
  /// The true difference, in standard errors, that a two-sided test at the 5 % level finds in four of five
  /// cases: the 97.5 % quantile plus the 80 % quantile.
  public static func detectable(degrees: Double) -> Double {
    critical(confidence: 0.95, degrees: degrees) + critical(confidence: 0.6, degrees: degrees)
  }
}

/// min(1, 2 P[Bin(n, 1/2) ≤ min(successes, n - successes)]): the exact two-sided sign test.
public func signTest(successes: Int, of trials: Int) -> Double {
  precondition(0 <= successes && successes <= trials, "0 ≤ successes ≤ trials")
  let fewer = min(successes, trials - successes)
  let n = Double(trials)
  let all: Double = lgamma(n + 1) - n * log(2)
  var sum = 0.0
  for k in 0...fewer {
    let ways: Double = all - lgamma(Double(k + 1)) - lgamma(n - Double(k) + 1)
    sum += exp(ways)
  }
  return min(1, 2 * sum)
}

/// The regularized incomplete beta function I_x(a, b), by Lentz's evaluation of its continued
/// fraction (Numerical Recipes, section 6.4).
func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  if x <= 0 { return 0 }
  if x >= 1 { return 1 }
  let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
  return x < (a + 1) / (a + b + 2)
    ? front * betaFraction(x, a, b) / a : 1 - front * betaFraction(1 - x, b, a) / b
}

private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
  let tiny = 1e-300
  func away(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
  var c = 1.0
  var d = 1 / away(1 - (a + b) * x / (a + 1))
  var result = d
  for m in stride(from: 1.0, through: 1000, by: 1) {
    for term in [
      m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
      -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
    ] {
      d = 1 / away(1 + term * d)
      c = away(1 + term / c)
      result *= d * c
    }
    if abs(d * c - 1) < 1e-16 { break }
  }
  return result
}
