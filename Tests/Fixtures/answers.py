"""Golden values for the verifiers; writes answers.json beside itself.

Values are chosen first and spelled afterwards, so nothing here parses text: `fractions` and `sympy`
say which values are equal. Needs sympy (any version of the last years).
"""
import json
import random
from fractions import Fraction
from math import gcd
from pathlib import Path

import sympy

random.seed(20250101)


def thousands(n, separator=","):
    return f"{n:,}".replace(",", separator)


def decimal(value, places):
    """An exact decimal, or None."""
    scaled = value * 10**places
    if scaled.denominator != 1:
        return None
    digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def integer_spellings(n):
    sign = "-" if n < 0 else ""
    a = abs(n)
    out = [str(n), f"{n}.0", f"{n}.", f"{sign}${a}", f"{n}%", f"{n}\\%", f"{n} apples", f"${n}$",
           f"{n}^\\circ", f"{n}\\text{{ cm}}^2", f"x = {n}", f"\\frac{{{2 * n}}}{{2}}", f"{3 * n}/3",
           f"{n}e0", f"{n * 10}E-1", f"{n}.", f"({n})", f"{n} \\times 10^{{0}}", f"**{n}**"]
    if n < 0:
        out += [f"\u2212{a}", f"-\\${a}", f"\u2212 {a}", f"-\\frac{{{3 * a}}}{{3}}"]
    if a >= 1000:
        out += [sign + thousands(a), sign + "\\$" + thousands(a), sign + thousands(a, ",\\!"),
                sign + thousands(a, "{,}"), sign + thousands(a) + ".00"]
    if n % 1000 == 0 and n:
        out += [f"{n // 1000}e3", f"{n // 1000} \\times 10^3", f"{n // 1000}\u00d710^{{3}}",
                f"{n // 1000} x 10^3", f"{n // 1000}*10**3", f"{n // 1000}\u00d710\u00b3"]
    return out


def fraction_spellings(value):
    n, d = value.numerator, value.denominator
    sign = "-" if n < 0 else ""
    a = abs(n)
    k = random.randint(2, 9)
    out = [f"{n}/{d}", f"{n} / {d}", f"{n * k}/{d * k}", f"\\frac{{{n}}}{{{d}}}",
           f"{sign}\\dfrac{{{a}}}{{{d}}}", f"{sign}\\tfrac {{{a}}} {{{d}}}", f"${n}/{d}$ of it",
           f"x = {n}/{d}"]
    if a < 10 and d < 10:
        out += [f"{sign}\\frac{a}{d}", f"{sign}\\frac {a}{d}", f"{sign}\\frac{a}{{{d}}}"]
    if a > d:
        out += [f"{sign}{a // d} {a % d}/{d}", f"{sign}{a // d}\\frac{{{a % d}}}{{{d}}}",
                f"{sign}{a // d} \\frac{{{a % d}}}{{{d}}}"]
    for places in range(1, 9):
        spelled = decimal(value, places)
        if spelled:
            out += [spelled, spelled + "0"]
            if spelled.startswith("0."):
                out.append(spelled[1:])
            break
    return out


def numeric_cases():
    values = [0, 1, 7, 42, 999, 1000, 1234, 12000, 1234567, 10**9]
    values += [random.randint(1, 10**random.randint(1, 12)) for _ in range(12)]
    values += [-v for v in values if v]
    cases = []
    for value in values:
        for spelling in integer_spellings(value):
            cases.append([str(value), spelling, 1])
        other = value + random.choice([-1, 1, 10, 100])
        for spelling in random.sample(integer_spellings(other), 3):
            cases.append([str(value), spelling, 0])
    for _ in range(40):
        value = Fraction(random.randint(1, 400), random.choice([2, 3, 4, 5, 7, 8, 16, 25, 40, 99]))
        value *= random.choice([1, -1])
        if value.denominator == 1:
            continue
        for spelling in fraction_spellings(value):
            cases.append([str(value), spelling, 1])
        for spelling in fraction_spellings(value + Fraction(1, value.denominator * 3)):
            cases.append([str(value), spelling, 0])
        # Rounded to some decimals: equal exactly when the error is at most 1e-6 of the gold.
        for places in range(2, 12):
            rounded = Fraction(round(value * 10**places), 10**places)
            close = abs(rounded - value) * 10**6 <= abs(value)
            cases.append([str(value), decimal(rounded, places), int(close)])
    return cases


def latex(value):
    """One of several spellings of r * sqrt(n) * pi^k."""
    r, n, k = value
    p, q = abs(r.numerator), r.denominator
    square = random.choice([1, 1, 2, 3])
    root = f"\\sqrt{{{n * square * square}}}" if n > 1 else ""
    if n > 1 and r.numerator % square == 0:
        p //= square
    elif square > 1:
        root = f"\\sqrt{{{n}}}" if n > 1 else ""
    constant = {0: "", 1: "\\pi", 2: random.choice(["\\pi^2", "\\pi^{2}"])}[k]
    factors = random.choice([root + " " + constant, constant + root]).strip()
    scale = random.choice([1, 2, 5])
    top = (str(p * scale) if p * scale != 1 or not factors else "") + factors
    if q * scale == 1:
        return top
    style = random.randint(0, 2)
    if style == 0:
        return f"\\frac{{{top}}}{{{q * scale}}}"
    if style == 1:
        return f"\\dfrac{{{p * scale}}}{{{q * scale}}}{factors}"
    return f"{top}/{q * scale}"


def surd_cases():
    cases = []
    bases = [(1, 0), (2, 0), (3, 0), (5, 0), (1, 1), (1, 2), (3, 1)]
    for _ in range(120):
        terms = []
        for n, k in random.sample(bases, random.randint(1, 3)):
            r = Fraction(random.choice([-1, 1]) * random.randint(1, 12), random.randint(1, 9))
            terms.append((r, n, k))

        def spelled(terms):
            order = random.sample(terms, len(terms))
            text = ""
            for r, n, k in order:
                sign = "-" if r < 0 else "+" if text else ""
                text += f"{sign} {latex((r, n, k))}" if text else sign + latex((r, n, k))
            return text

        def value(terms):
            return sum(sympy.Rational(r.numerator, r.denominator) * sympy.sqrt(n) * sympy.pi**k
                       for r, n, k in terms)

        cases.append([spelled(terms), spelled(terms), 1])
        r, n, k = terms[0]
        changed = [(r + random.choice([1, Fraction(1, 2)]), n, k)] + terms[1:]
        if changed[0][0] != 0:
            equal = sympy.simplify(value(terms) - value(changed)) == 0
            cases.append([spelled(terms), spelled(changed), int(equal)])
    return cases


def signed_spellings(value):
    """Signs and brackets around a rational that may be negative."""
    n, d = abs(value.numerator), value.denominator
    minus, plus = ("-", "") if value < 0 else ("", "-")
    plain = str(n) if d == 1 else f"{n}/{d}"
    latex = str(n) if d == 1 else f"\\frac{{{n}}}{{{d}}}"
    out = [f"{minus}({plain})", f"{minus}\\left({latex}\\right)", f"{minus}{{{latex}}}", f"{minus}[{plain}]",
           f"({minus}{plain})", f"\\left({minus}{latex}\\right)", f"{minus}\\left[{latex}\\right]",
           f"-({plus}{plain})", f"+({minus}{plain})", f"{minus}({plain} cm)", f"{minus}({plain}) cm",
           f"-{{({plus}{plain})}}", f"{minus}\\text{{{plain}}}", f"{minus}(({plain}))"]
    if value < 0:
        out += [f"-|{plain}|", f"-|-{plain}|", f"-\\left|{latex}\\right|", f"-+{plain}", f"+-{plain}"]
    else:
        out += [f"|{plain}|", f"|-{plain}|", f"\\left|-{latex}\\right|", f"--{plain}"]
    if d > 1:
        out += [f"({minus}{n})/{d}", f"{minus}({n})/({d})", f"{minus}{n}/({d})", f"{minus}{n}\u2044{d}",
                f"\\frac{{({minus}{n})}}{{{d}}}", f"\\frac{{{minus}{n}}}{{({d})}}",
                f"{plus}\\frac{{{n}}}{{-{d}}}"]
    return out


def signed_cases():
    cases = []
    for value in [Fraction(7), Fraction(1, 3), Fraction(42), Fraction(-9), Fraction(22, 7)]:
        for value in (value, -value):
            for spelling in signed_spellings(value):
                cases.append([str(value), spelling, 1])
                cases.append([str(-value), spelling, 0])
    return cases


def root_latex(n, index):
    """n^(1/index), spelled in one of the usual ways."""
    ways = [f"\\sqrt[{index}]{{{n}}}", f"{n}^{{1/{index}}}", f"{n}^{{\\frac{{1}}{{{index}}}}}"]
    if n < 10:
        ways.append(f"\\sqrt[{index}]{n}")
    if index == 2:
        ways.append(f"\\sqrt{{{n}}}")
    return random.choice(ways)


def root_cases():
    """Rational multiples and quotients of indexed roots; sympy says which are equal."""
    cases = []
    for _ in range(150):
        index = random.choice([2, 3, 3, 4, 5, 6])
        n, k = random.randint(2, 12), random.randint(1, 4)
        value = k * sympy.root(n, index)
        if value.is_rational:
            continue  # a product of two whole numbers is arithmetic left undone
        gold = (str(k) if k > 1 else "") + f"\\sqrt[{index}]{{{n}}}"
        power, times = random.randint(1, 3), random.choice([1, 1, 2])
        other = sympy.root(n**power * k**(index * power), index * power)
        spelled = root_latex(n**power * k**(index * power), index * power)
        if index * power > 9 or n**power * k**(index * power) > 10**12:
            spelled, other = root_latex(n * k**index, index), value
        if times > 1:
            spelled, other = f"\\frac{{{2 * times}{spelled}}}{{{times}}}", 2 * other
        if spelled.startswith("\\frac") and "^" in spelled:
            continue  # 4 in front of 2^{1/3} reads 42^{1/3}
        equal = sympy.simplify(value - other) == 0
        cases.append([gold, spelled, int(bool(equal))])
    return cases


def rational_cases():
    """Operands with the exact results of + - * /."""
    cases = []
    for size in (10, 10**9, 10**10, 10**20, 10**40, 10**90):
        for _ in range(12):
            a = Fraction(random.randint(-size, size), random.randint(1, size))
            b = Fraction(random.randint(1, size), random.randint(1, size)) * random.choice([1, -1])
            results = [a + b, a - b, a * b, a / b]
            cases.append([[str(x.numerator), str(x.denominator)] for x in [a, b, *results]])
    return cases


def gcd_cases():
    cases = []
    for bits in (8, 31, 32, 33, 64, 200, 600):
        for _ in range(6):
            g = random.getrandbits(bits // 2) + 1
            a, b = g * (random.getrandbits(bits) + 1), g * (random.getrandbits(bits // 3) + 1)
            cases.append([str(a), str(b), str(gcd(a, b)), str(a // b)])
    return cases


if __name__ == "__main__":
    golden = {"numeric": numeric_cases(), "surds": surd_cases(),
              "rationals": rational_cases(), "gcds": gcd_cases(),
              "signed": signed_cases(), "roots": root_cases()}
    lists = [f'"{name}":[\n' + ",\n".join(json.dumps(case) for case in cases) + "]"
             for name, cases in golden.items()]
    Path(__file__).with_suffix(".json").write_text("{" + ",\n".join(lists) + "}\n")
