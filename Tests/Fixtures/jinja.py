"""Golden texts of chat templates' Jinja: jinja.json. Needs transformers and jinja2.

Each case is a template of a line or a few, its context is in CONTEXTS. The text is what transformers'
own environment renders; null where it refuses, when it reads the template or when it renders it, and
for what REFUSED lists.
"""

import json
import re
from pathlib import Path

from transformers.utils.chat_template_utils import _compile_jinja_template

CONTEXT = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": " What is 2 + 2? "},
        {"role": "assistant", "content": "<think>two and two</think>\n\nFour."},
        {"role": "user", "content": "Caf\u00e9 & \"quotes\" 'single' <b>\n\tmore \u4f60\u597d \U0001f600"},
    ],
    "tools": [{"type": "function", "function": {
        "name": "add", "description": "Adds <two> numbers & \u00e9",
        "parameters": {"type": "object", "required": ["a"], "properties": {
            "a": {"type": "integer", "enum": [1, 2.5, None, True]}, "b": {"type": ["string", "null"]}}}}}],
    "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": True,
    "yes": True, "no": False, "nothing": None, "zero": 0, "seven": 7, "minus": -7, "half": 0.5,
    "tenth": 0.1, "big": 1e16, "huge": 1e300, "tiny": 1.5e-7, "million": 1000000.0,
    "text": "Hello World", "empty": "", "lines": "a\nb\r\n\nc", "words": "  one  two three ",
    "numbers": [3, 1, 2, 3], "strings": ["b", "A", "c", "B"], "mixed": [1, "a", None, 2.0, True],
    "nested": [[1, 2], [3]], "nolist": [], "pairs": [["x", 1], ["y", 2]],
    "map": {"b": 1, "a": 2, "C": 3}, "deep": {"x": {"y": [10, {"z": "end"}]}, "items": "shadow"},
    "nomap": {}, "people": [
        {"name": "Ann", "age": 30, "tags": ["x"]}, {"name": "bob", "age": 20, "tags": []},
        {"name": "Cid", "age": 30}],
}

# What jinja2 renders and Regimen refuses: complex numbers, bytes, formats of a field.
REFUSED = {"(-8) ** 0.5", "'{:>5}'.format('a') is string", "text.encode()"}

E = []  # expressions, written as {{ ... }}
T = []  # whole templates


def expressions(*lines):
    E.extend(line for block in lines for line in block.strip().split("\n") if line.strip())


# Literals and their escapes.
expressions(r"""
'\u0041\x42\n\t\\\'\"|'
"a\"b" 'c' "d"
'\101\60\7' | tojson
'\q\8\z\ \-' | tojson
'\a\b\f\v\0' | tojson
'\u00e9\U0001f600'
'\é|\你|\😀'
'\x4'
'\u12'
'\U00110000'
'tab	inside'
1_000
0x1F
0b101
0o17
0X1f + 0B1
007
1.5
1e3
1.e3
1.5e-7
1_0.2_5
2E+2
'a' 'b' ~ 'c'
true, false, none
True, False, None
[1, 2, 3,]
(1,)
()
(1, 2)
1, 2
{}
{'a': 1, 'b': [1, {'c': none}]}
{'a': 1, 'a': 2}
{1: 'x', 1.0: 'y', true: 'z'}
{none: 1, (1, 2): 2}
{[1]: 2}
[1, 'a', "it's", 'say "hi"', 'both \' and "', '\n\\', 'é\u200b\x7f\u2028', 1.0, none, true]
""")
# Operators.
expressions("""
1 + 2 * 3
(1 + 2) * 3
7 / 2
8 / 2
7 // 2
minus // 2
minus % 3
7 % -3
minus % -3
7.5 // 2
-7.5 % 2
7.5 % -2
1 / 0
1 // 0
1 % 0
1.5 // 0
2 ** 10
2 ** 3 ** 2
2 ** -1
-2 ** 2
0 ** 0
0 ** -1
(-8) ** 0.5
2 ** 0.5
(-1) ** 1000001
1 ** 999999999999
9223372036854775807
-9223372036854775807 - 1
0.1 + 0.2
1e16
1e15
123456789012345678.0
1e-4
1e-5
1e22
1.0
100.0
-0.0
1e300 * 1e10
-(1e300 * 1e10)
1e400
huge * huge - huge * huge
big
huge
tiny
million
half + seven
true + true
-true
+true
- - 3
-seven | abs
-half
not true
not not 0
not seven == 7
1 < 2 < 3
1 < 3 < 2
1 == 1.0 == true
1 != 2 != 1
3 > 2 >= 2 > 1
'a' < 'b'
'B' < 'a'
'a' < 1
[1, 2] < [1, 3]
[1] < [1, 0]
(1, 2) < (1, 3)
[1] == (1,)
[1, 2] == [1, 2.0]
{'a': 1} == {'a': 1.0}
{'a': 1} == {'b': 1}
nothing < 1
'1' == 1
none == false
none == missing
missing == missing
missing == ''
map == {'C': 3, 'b': 1, 'a': 2}
'a' + 'b'
'a' + 1
[1] + [2]
(1,) + (2,)
[1] + (2,)
'ab' * 3
3 * 'ab'
'ab' * -1
'ab' * true
[1, 2] * 2
2 * (1,)
'a' * 'b'
'a' * 1.5
'x' - 'y'
1 ~ 'a' ~ none ~ true ~ 1.50 ~ [1] ~ missing
1 ~ 2 + 3
'%s and %d' % ('x', 3)
'%s' % 'one'
'%s' % missing
'%5.2f|%-6s|%+d|%05d|%x|%%' % (3.14159, 'ab', 5, -42, 255)
'%s' % ('a', 'b')
'%s %s' % 'a'
'%d' % 'a'
'%(a)s-%(b)d' % map
'%e %g' % (12345.678, 0.00001)
'%r' % 'q'
'%10s|%.2s' % ('abc', 'abc')
yes and seven
no and seven
no or empty or 'last'
nothing or missing
yes or 1 / 0
'a' if yes else 'b'
'a' if no else 'b'
'a' if no
('a' if no) is defined
1 if no else 2 if no else 3
'x' in 'text'
'' in 'text'
1 in numbers
'a' in map
'z' not in map
1 in map
not 1 in numbers
1 in missing
'a' in missing
1 in 'text'
missing in 'text'
1 in 5
none in mixed
[1] in [[1]]
[1] in map
'e\u0301' in 'é'
'e\u0301' == 'é'
seven in range(10)
""")
# Members, elements, slices.
expressions("""
map.a
map['a']
map.missing
map.missing is defined
map.missing.deeper
missing.x
missing['x']
missing[0]
missing[1:]
nothing.x
nothing['x'] is defined
nothing[0] is defined
nothing[1:]
seven.x is defined
seven[0] is defined
deep.x.y[1].z
deep['x']['y'][1]['z']
deep.x.y.1.z
deep.items is string
deep['items']
deep.items()|list
map['items'] is callable
map.items is defined
map.update is defined
numbers.append is defined
numbers.append(1)
map.update({})
map.__class__ is defined
text.upper is defined
text.nothing is defined
text.upper is callable
numbers[0], numbers[-1]
numbers[4] is defined
numbers[-5] is defined
numbers[true]
numbers[1.0] is defined
numbers['0'] is defined
numbers[none] is defined
text[0], text[-1]
text[99] is defined
'é你😀'[1], '你好'[-1:]
numbers[1:], numbers[:2], numbers[::2], numbers[::-1]
numbers[-2:], numbers[:-1], numbers[5:], numbers[-9:2]
numbers[3:0:-1]
numbers[::0]
numbers['a':]
numbers[none:none]
text[1:5], text[::-1], text[-3:]
text[::3]
(1, 2, 3)[1:]
map[1:]
seven[1:]
range(10)[2:4]|list
numbers[99999999999:]
numbers[-9223372036854775807:9223372036854775807:9223372036854775807]
map[[1]] is defined
{1: 'a'}[1.0], {true: 'b'}[1]
{(1, 2): 'p'}[1, 2]
messages[0].role, messages[-1]['role']
messages|length, messages[1:]|length
messages[0]['content'][:2]
messages.0.role
loop is defined
range is defined, dict is defined, namespace is defined, raise_exception is defined
missing is defined, messages is defined, true is defined
range is callable, dict is callable, missing is callable, seven is callable
""")
# Tests.
KINDS = ["missing", "nothing", "yes", "seven", "half", "text", "numbers", "(1,)", "map", "range(2)",
         "map.items()", "map.keys()", "(numbers|map('string'))", "namespace()", "range", "('a'|safe)"]
NAMES = ["defined", "undefined", "none", "boolean", "true", "false", "integer", "float", "number",
         "string", "mapping", "sequence", "iterable", "callable", "escaped"]
E += [", ".join(f"{kind} is {name}" for name in NAMES) for kind in KINDS]
expressions("""
3 is odd, 4 is even, 3 is even, -3 is odd
3.0 is odd
'a' is odd
9 is divisibleby 3, 9 is divisibleby(2)
9 is divisibleby 0
'abc' is lower, 'Abc' is lower, '12' is lower, 'ABC' is upper, 'A1' is upper
1 is eq 1, 1 is equalto 1.0, 1 is ne 2, 1 is lt 2, 2 is gt 1, 2 is ge 2, 2 is le 1
1 is lessthan 2, 1 is greaterthan(0)
1 is in numbers, 'x' is in('xyz'), 9 is not in numbers
none is sameas none, true is sameas true, 1 is sameas true
'upper' is filter, 'nofilter' is filter, 'odd' is test, 'notest' is test
seven is not none
seven is not none and seven is number
not seven is none
seven is defined and text is string or no
seven is strange
yes is true is false
missing is not defined or missing is none
map.a is defined and map.a is number
seven is string or seven is integer
text is string if yes else 'no'
'a' if text is string else 'b'
seven is divisibleby seven
-seven is number
seven + 1 is eq 8
text|length is eq 11
""")
# Filters.
expressions("""
text|upper, text|lower, words|trim, text|capitalize, 'hELLO wORLD'|capitalize
'xxaxx'|trim('x')
''|capitalize, 'éa'|capitalize, 'ß'|upper, 'ǆ'|capitalize
'hello wORLD (foo) [bar] it\\'s a-b'|title
missing|upper, nothing|upper, seven|upper
text|length, numbers|count, map|length, missing|length
seven|length
nothing|length
(numbers|map('string'))|length
'é你😀'|length
numbers|first, numbers|last, text|first, text|last, map|first, map|last
nolist|first is defined, nolist|last is defined
nolist|first
seven|first
(numbers|map('string'))|first
(numbers|map('string'))|last
numbers|join, numbers|join(', '), strings|join('-'), text|join('.')
mixed|join('|')
people|join(', ', attribute='name')
people|join(', ', 'age')
nothing|join
missing|join('x')
map|join(',')
numbers|list, text|list, map|list, missing|list
nothing|list
numbers|sort, strings|sort, strings|sort(case_sensitive=true), numbers|sort(true)
numbers|sort(reverse=true)|join
people|sort(attribute='age')|map(attribute='name')|join
people|sort(attribute='age,name', reverse=true)|map(attribute='name')|join
mixed|sort
map|sort
numbers|unique|list, strings|unique|list, ['a', 'A', 'b']|unique|list, ['a', 'A']|unique(true)|list
people|unique(attribute='age')|map(attribute='name')|list
nested|unique|list
numbers|reverse|list, text|reverse
numbers|reverse
map|reverse|list
numbers|min, numbers|max, strings|min, strings|max, nolist|min is defined
people|max(attribute='age') == people[0]
mixed|max
numbers|sum, nolist|sum, people|sum(attribute='age'), [0.5, 1]|sum, numbers|sum(start=10)
strings|sum
nested|sum(start=[])
missing|default('d'), nothing|default('d'), empty|default('d'), empty|default('d', true), nothing|d('x', boolean=true)
missing|default, missing|d|length
zero|default(5, true), zero|default(5)
missing.x|default('d')
map.missing|default({'k': 1})
seven|string, nothing|string, [1, 'a']|string, half|string, missing|string
'4'|int, '4.7'|int, ' 5 '|int, 'x'|int, 'x'|int(3), 'ff'|int(base=16), '0x1f'|int(0, 16), '0b11'|int(base=2), 4.9|int, -4.9|int, true|int, nothing|int, '1_0'|int, '-3'|int
missing|int
'1.5'|float, 'x'|float, 'x'|float(2), 3|float, 'inf'|float, '1e3'|float, none|float, 'nan'|float, '-1_0.5'|float
nothing|float
missing|float
-3|abs, 3.5|abs, (-3.5)|abs
'a'|abs
2.5|round, 3.5|round, 42.55|round(1), 42.55|round(1, 'floor'), 42.51|round(1, 'ceil'), 7|round, -2.5|round, 2.675|round(2), 1234.5|round(-2), 1250|round(-2), 15|round(-1)
'a'|round
2.5|round(0, 'up')
text|replace('o', '0'), text|replace('l', 'L', 1), 'aaa'|replace('a', 'b', 2), 'abc'|replace('', '-'), seven|replace('7', 'x')
text|replace('o')
text|replace(old='o', new='0')
map|items|list, nomap|items|list, missing|items|list
numbers|items|list
nothing|items|list
map|dictsort, map|dictsort(true), map|dictsort(by='value'), map|dictsort(reverse=true), map|dictsort(false, 'value', true)
numbers|dictsort
map|dictsort(by='other')
numbers|map('string')|list, strings|map('upper')|join, people|map(attribute='name')|list
people|map(attribute='tags.0', default='none')|list, people|map(attribute='tags')|list
people|map(attribute='nope')|list
numbers|map('round', 1)|list, ['1', 'x']|map('int', default=9)|list
numbers|map
numbers|map('nofilter')|list
numbers|map(attribute='x', other=1)|list
nothing|map('upper')|list, missing|map('upper')|list
seven|map('upper')|list
numbers|select('odd')|list, numbers|select|list, mixed|select('string')|list, numbers|select('>', 1)|list, numbers|select('in', [1, 2])|list
numbers|reject('odd')|list, mixed|reject('none')|list, numbers|reject('equalto', 3)|list
people|selectattr('age', 'equalto', 30)|map(attribute='name')|list, people|selectattr('tags')|map(attribute='name')|list
people|selectattr('tags', 'defined')|list|length, people|rejectattr('tags', 'defined')|map(attribute='name')|list
people|rejectattr('tags')|map(attribute='name')|join, people|selectattr('age', '>=', 25)|list|length
messages|selectattr('role', '==', 'user')|list|length, messages|rejectattr('role', 'equalto', 'system')|map(attribute='role')|join(',')
numbers|select('notest')|list
people|selectattr
nothing|select|list, nothing|selectattr('x')|list
numbers|batch(3)|list, numbers|batch(3, 'x')|list, text|batch(4)|map('join')|list
numbers|slice(3)|list, numbers|slice(3, 'x')|list
text|center(15) ~ '|', 'ab'|center(5) ~ '|', 'abc'|center(6) ~ '|'
'a\\nb\\n\\nc'|indent, 'a\\nb\\n\\nc'|indent(2, true), 'a\\nb\\n\\nc'|indent(2, blank=true), 'a\\nb'|indent('> ', first=true)
''|indent ~ '|', 'a\\n'|indent ~ '|'
'foo bar baz qux'|truncate(9), 'foo bar baz qux'|truncate(9, true), 'foo bar baz qux'|truncate(11), 'foo bar baz qux'|truncate(11, false, '...', 0)
'a b, c_d 1.5'|wordcount
'%s-%s'|format('a', 1), '%d'|format(3)
map|attr('a') is defined, text|attr('upper') is callable
'<a href="x">\\'&'|e, '<'|escape, seven|e, nothing|e
('<'|e)|e, ('<'|safe)|e, '<'|safe
('<'|e) + '<', '<' + ('<'|e), ('<'|safe) ~ '<', ('<'|safe) * 2
('a<'|e)|upper, ('<'|safe)|replace('<', '>'), ('<'|safe).replace('<', '>'), ('<'|safe)|length, ('<'|safe)[0]
('<'|safe) == '<', ('<'|safe) in ['<'], [('<'|safe)]
('<'|safe).split(), ('<'|safe).partition('<'), ('<'|safe).join(['>', 1]), ('<{}'|safe).format('>'), ('%s'|safe) % '<'
('%s-%d'|safe) % ('<', 3), ('a'|safe).center(5, '<'), ('<a'|safe)[1:], ('<'|safe).strip('<') ~ '|'
('<'|safe)|string is escaped, '<'|forceescape, ('<'|safe)|forceescape
text|upper|lower|length
text|nofilter
text|upper()
text|upper(1)
text|default('x', 'y', 'z')
text|join(nope=1)
""")
# JSON.
expressions(r"""
tools|tojson
tools|tojson(indent=2)
tools[0]|tojson(indent=4)
map|tojson(sort_keys=true), map|tojson(indent=0), map|tojson(indent='--')
map|tojson(separators=(',', ':')), numbers|tojson(separators=(',', ':')), map|tojson(indent=1, separators=(';', '='))
messages[3].content|tojson, messages[3].content|tojson(ensure_ascii=true), 'é😀'|tojson(true)
'<a> & \' "'|tojson, '/\u2028\x7f\x01'|tojson, '\x7f'|tojson(ensure_ascii=true)
none|tojson, true|tojson, 1.0|tojson, 1e16|tojson, 1e400|tojson, -1e400|tojson, tiny|tojson, []|tojson, {}|tojson, ''|tojson
[]|tojson(indent=2), {}|tojson(indent=2), [[], {}]|tojson(indent=2)
(1, 2)|tojson, {1: 2, none: 3, true: 4, 1.5: 5}|tojson
{'b': 1, 'a': {'d': 1, 'c': 2}}|tojson(sort_keys=true)
{(1, 2): 3}|tojson
missing|tojson
map.items()|tojson
(numbers|map('string'))|tojson
range(3)|tojson
namespace()|tojson
('<'|safe)|tojson
numbers|tojson(indent=none)
numbers|tojson(nope=1)
""")
# Methods.
expressions(r"""
words.strip(), words.lstrip() ~ '|', words.rstrip() ~ '|', 'xxaxx'.strip('x'), 'abcba'.lstrip('ab'), 'abcba'.rstrip('ab')
' \x1c\u2003a\u200b '.strip()|tojson
words.split(), 'a,b,,c'.split(','), 'a,b,,c'.split(',', 1), 'a--b'.split('--'), ''.split(), ''.split(','), 'a b c'.split(none, 1), words.split(maxsplit=1)
'a,b,c'.rsplit(',', 1), words.rsplit(none, 1), words.rsplit(), 'aaa'.split('aa'), 'aaa'.rsplit('aa'), 'a b '.split(none, 1)
'a'.split('')
messages[2].content.split('</think>')[-1].lstrip('\n')
messages[2].content.split('<think>')[0] ~ '|'
lines.splitlines(), 'a\n'.splitlines(), lines.splitlines(true)
'key=value=x'.partition('='), 'key'.partition('='), 'a=b=c'.rpartition('='), 'a'.rpartition('=')
text.startswith('Hello'), text.endswith('World'), text.startswith(('x', 'H')), text.endswith(()), text.startswith('World', 6), text.startswith('')
text.startswith(missing)
text.startswith(1)
text.startswith()
text.replace('o', '0'), text.replace('o', '0', 1), 'abc'.replace('', '-')
text.replace('o', none)
text.upper(), text.lower(), text.title(), 'hELLO'.capitalize(), "it's a x1y".title()
text.find('o'), text.rfind('o'), text.find('z'), text.index('W'), text.count('l'), text.count(''), text.find('o', 5), text.find('')
text.index('z')
text.removeprefix('Hello '), text.removesuffix(' World'), text.removeprefix('x')
', '.join(strings), ''.join([]), '-'.join(map)
', '.join(numbers)
'5'.zfill(3), '-5'.zfill(4), 'a'.ljust(3) ~ '|', 'a'.rjust(3, '.'), 'a'.center(4) ~ '|', 'ab'.center(5, '*')
'abc'.isalpha(), 'ab1'.isalpha(), '12'.isdigit(), ''.isdigit(), ' \t'.isspace(), 'AB'.isupper(), 'ab'.islower(), 'a1'.isalnum(), '½'.isnumeric(), '٣'.isdecimal(), '²'.isdigit()
'{} and {}'.format('a', 1), '{1}{0}'.format('a', 'b'), '{x}!'.format(x=3), '{{}}'.format(), '{!r}'.format('q')
'{} {}'.format('a')
'{:>5}'.format('a') is string
map.get('a'), map.get('z'), map.get('z', 'd'), map.get('z', none)
map.get()
map.keys()|list, map.values()|list, map.items()|list, map.items(), map.keys(), map.values()
map.items()|length, map.keys()|first, 'a' in map.keys(), 2 in map.values()
map.items()[0] is defined
map.copy(), numbers.copy(), numbers.index(2), numbers.count(3), (1, 2).index(2), (1, 1).count(1)
numbers.index(99)
map.nomethod()
text.nomethod()
text.encode()
missing.strip()
nothing.strip()
seven.strip()
dict(a=1, b=2), dict(b=1, a=2), dict([['x', 1]]), dict(map, z=9), dict({'a': 1}, a=2), dict()
dict(1)
range(3), range(1, 3), range(0, 10, 3), range(3)|list, range(5, 0, -2)|list, range(0)|list, range(-3)|list
range('a')
range(1, 2, 0)
range(3)|length, 2 in range(3), range(3)[1], range(3)[-1], range(3) == range(0, 3)
range(1.5)
raise_exception('no')
text()
seven()
missing()
range(*[1, 4])|list, dict(**map), dict(**{'q': 1}), range(*(1, 9), **{})|list
namespace(a=1).a, namespace({'a': 2}).a, namespace(a=1), namespace(a=1)['a'], namespace().x is defined
namespace(_a=1)
""")
# Statements.
T += [
    "{% if yes %}a{% elif no %}b{% else %}c{% endif %}",
    "{% if no %}a{% elif nothing %}b{% else %}c{% endif %}|{% if missing %}x{% endif %}",
    "{% if 1, 2 %}t{% endif %}{% if (yes) %}p{% endif %}{% if yes: %}c{% endif %}",
    "{% if yes %}{% endfor %}", "{% if yes %}", "{% endif %}", "{% else %}", "{% if %}x{% endif %}",
    "{% for i in numbers %}{{ i }}{% endfor %}", "{% for i in nolist %}x{% else %}none{% endfor %}",
    "{% for i in missing %}x{% else %}none{% endfor %}", "{% for i in nothing %}x{% endfor %}",
    "{% for i in seven %}x{% endfor %}", "{% for c in 'héy' %}{{ c }}.{% endfor %}",
    "{% for k in map %}{{ k }}{% endfor %}", "{% for k, v in map.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in map|items %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in pairs %}{{ k }}={{ v }};{% endfor %}", "{% for a, b in numbers %}{% endfor %}",
    "{% for a, b in [[1, 2, 3]] %}{% endfor %}", "{% for (a, b), c in [[[1, 2], 3]] %}{{ a + b + c }}{% endfor %}",
    "{% for i in numbers if i > 1 %}{{ i }}{{ loop.index }}{{ loop.length }}{{ loop.last }} {% endfor %}",
    "{% for i in numbers if i > 9 %}{{ i }}{% else %}no{% endfor %}",
    "{% for i in numbers if i > 1 if i %}{{ i }}{% endfor %}",
    "{% for i in (numbers if yes else []) %}{{ i }}{% endfor %}",
    "{% for i in numbers if yes else [] %}{{ i }}{% endfor %}",
    "{% for i in 1, 2, 3 %}{{ i }}{% endfor %}",
    "{% for x in numbers %}{{ loop.index }},{{ loop.index0 }},{{ loop.revindex }},{{ loop.revindex0 }},"
    "{{ loop.first }},{{ loop.last }},{{ loop.length }},{{ loop.depth }},{{ loop.depth0 }};{% endfor %}",
    "{% for x in numbers %}[{{ loop.previtem }}|{{ loop.nextitem }}|{{ loop.previtem is defined }}]{% endfor %}",
    "{% for x in numbers %}{{ loop.cycle('a', 'b') }}{{ loop.changed(x) }} {% endfor %}",
    "{% for x in [1, 1, 2, 2, 1] %}{{ loop.changed(x) }} {% endfor %}", "{% for x in [1] %}{{ loop.nope is defined }}{{ loop }}{% endfor %}",
    "{% for x in numbers %}{% for y in nested %}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}",
    "{% for x in nested %}{% set outer = loop %}{% for y in x %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for x in numbers %}{{ x }}{% if x == 1 %}{% break %}{% endif %}{% endfor %}",
    "{% for x in numbers %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in numbers %}{% break %}{% else %}else{% endfor %}", "{% for x in numbers %}{% continue %}{% else %}else{% endfor %}",
    "{% for x in numbers %}{% if x == 2 %}{% break %}{% endif %}{% else %}else{% endfor %}",
    "{% break %}", "{% if yes %}{% continue %}{% endif %}",
    "{% for x in numbers %}{% for y in numbers %}{% if y == 1 %}{% break %}{% endif %}{{ y }}{% endfor %}-{% endfor %}",
    "{% for x in [1] %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}",
    "{% set n = namespace(go=true) %}{% for x in numbers if n.go %}{{ x }}{% set n.go = false %}{% endfor %}",
    "{% set n = namespace(go=true) %}{% for x in numbers if n.go %}{{ x }}{{ loop.last }}{% set n.go = false %}{% endfor %}",
    "{% for loop in numbers %}{% endfor %}", "{% for x in numbers %}{% set x = 9 %}{{ x }}{% endfor %}{{ x is defined }}",
    "{% for true in numbers %}{% endfor %}", "{% for x.y in numbers %}{% endfor %}",
    "{% set x = 1 %}{% for i in numbers %}{{ x }}{% set x = x + i %}{% endfor %}{{ x }}",
    "{% set x = 1 %}{% if yes %}{% set x = 2 %}{% endif %}{{ x }}", "{% if no %}{% set x = 2 %}{% endif %}{{ x is defined }}{{ x }}",
    "{% set ns = namespace(n=0) %}{% for i in numbers %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}",
    "{% set ns = namespace() %}{% set ns.a = 1 %}{% set ns.b = ns.a + 1 %}{{ ns.a }}{{ ns.b }}{{ ns.c is defined }}{{ ns }}",
    "{% set map.a = 1 %}", "{% set missing.a = 1 %}", "{% set ns = namespace() %}{% set ns._x = 1 %}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set a, b = b, a %}{{ a is defined }}", "{% set a, b = [1] %}", "{% set (a, b) = 'xy' %}{{ b }}{{ a }}",
    "{% set ns = namespace() %}{% set ns.a, c = 1, 2 %}{{ ns.a }}{{ c }}",
    "{% set t = 1, 2 %}{{ t }}", "{% set t %}  block {{ seven }}{% endset %}[{{ t }}]", "{% set t | upper | trim %}  block {{ seven }}{% endset %}[{{ t }}]",
    "{% set t %}{% set inner = 1 %}{% endset %}{{ inner is defined }}", "{% set t %}a{% endset %}{{ t is string }}{{ t is escaped }}",
    "{% set none = 1 %}", "{% set 1 = 2 %}", "{% set x %}", "{% set x = %}", "{% set x = 1", "{% set bos_token = '[B]' if not bos_token else bos_token + '!' %}{{ bos_token }}",
    "{% macro m(a, b=2, c=a) %}{{ a }}-{{ b }}-{{ c }};{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(1, c=4) }}{{ m(b=1, a=0) }}{{ m() }}",
    "{% macro m(a) %}{{ a is defined }}{% endmacro %}{{ m() }}{{ m(none) }}", "{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "{% macro m(a) %}{% endmacro %}{{ m(b=2) }}",
    "{% macro m(a) %}{% endmacro %}{{ m(1, a=2) }}", "{% macro m(a=1, b) %}{% endmacro %}", "{% macro m() %}{% endmacro %}[{{ m() }}]",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}", "{% macro m(a) %}{{ a }}{{ varargs|length }}{% endmacro %}{{ m(1, 2, 3) }}",
    "{% set x = 1 %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% set x = 2 %}{{ m() }}",
    "{% macro m() %}{{ x }}{% endmacro %}{% for x in numbers %}{{ m() }}{% endfor %}|", "{% for x in numbers %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% endfor %}",
    "{% macro m() %}{% set x = 5 %}{{ x }}{% endmacro %}{{ m() }}{{ x is defined }}", "{% macro m() %}{{ messages|length }}{{ loop is defined }}{% endmacro %}{% for i in [1] %}{{ m() }}{{ loop.index }}{% endfor %}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(4) }}",
    "{% macro show(v) %}{% if v is mapping %}{{ '{' }}{% for k, w in v.items() %}{{ k }}:{{ show(w) }}{% if not loop.last %},{% endif %}{% endfor %}{{ '}' }}"
    "{% elif v is iterable and v is not string %}[{% for w in v %}{{ show(w) }};{% endfor %}]{% else %}{{ v }}{% endif %}{% endmacro %}{{ show(deep) }}",
    "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}", "{{ m() }}{% macro m() %}{% endmacro %}",
    "{% macro m() %}x{% endmacro %}{{ m() + 'y' }}{{ m()|upper }}{{ m() is string }}{{ m is defined }}{{ m is callable }}{{ m.name }}",
    "{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}body {{ seven }}{% endcall %}", "{% macro m() %}[{{ caller(1, 2) }}]{% endmacro %}{% call(a, b) m() %}{{ a + b }}{% endcall %}",
    "{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}", "{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}", "{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}",
    "{% call seven %}{% endcall %}", "{% macro m(items) %}{% for i in items %}{{ caller(i) }}{% endfor %}{% endmacro %}{% call(i) m(numbers) %}<{{ i }}>{% endcall %}",
    "{% filter upper %}abc {{ text }}{% endfilter %}", "{% filter trim|replace('a', 'b') %}  aaa  {% endfilter %}|", "{% filter nofilter %}{% endfilter %}",
    "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}", "{% with %}{% set x = 1 %}{{ x }}{% endwith %}{{ x is defined }}", "{% set a = 5 %}{% with a = 1, b = a %}{{ a }}{{ b }}{% endwith %}",
    "{% generation %}abc{{ seven }}{% endgeneration %}", "{% generation %}{% set x = 1 %}{{ x }}{% endgeneration %}{{ x is defined }}", "{% for x in [1] %}{% generation %}{{ x }}{{ loop.index }}{% endgeneration %}{% endfor %}",
    "{% print seven, text %}", "{% do numbers %}", "{% include 'x' %}", "{% import 'x' as y %}", "{% extends 'x' %}", "{% unknown %}", "{% %}", "{{ }}", "{{ 1 2 }}", "{{ 1 + }}", "{{ (1 }}", "{{ [1 }}",
    "{{ 1) }}", "{{ {'a': 1 }}", "{{ 'a }}", "{{ a. }}", "{{ a.b. }}", "{{ a[ }}", "{{ a[] }}", "{{ f(1 }}", "{{ f(a=1, 2) }}", "{{ f(*a, 1) }}", "{{ a | }}", "{{ a is }}", "{{ ! }}", "{{ a ? b }}", "{{ 'a' if }}", "{{ not }}",
    "{{ 1 }", "{% if yes }", "{# open", "text {{ 'x' }} text {% raw %}{{ raw }}{% if %}{# no #}{% endraw %} more", "{% raw %}open", "a\n  {% raw %}\n {{ x }}\n  {% endraw %}\nb", "a {%- raw -%}  x  {%- endraw -%} b",
    "{{ dict(b=1, a=2)|tojson }}{{ dict(zip=1).zip }}", "{{ nolist }}", "{{ a.b.c is defined }}", "{% set x = {'items': [1]} %}{{ x['items'] }}{{ x.items()|list }}",
    "{% set g = numbers|map('string') %}{{ g|list }}{{ g|list }}", "{% set g = numbers|select('odd') %}{% for x in g %}{{ x }}{% endfor %}{% for x in g %}y{% endfor %}", "{% if nolist|map('string') %}truthy{% endif %}",
    "{{ '{{' }}{{ '%}' }}{{ \"{% if %}\" }}", "{{ {'a': {'b': 1}}['a']['b'] }}{{ {'a': {'b': {}}} }}", "}} %} #} { } %", "{{ [[1, 2], [3]]|map('sum')|list }}", "{{ 'a' ~ {'b': 1} }}",
    "{% for m in messages %}{% if loop.first and m.role != 'system' %}default{% endif %}<|{{ m['role'] }}|>{{ m.content | trim }}{{ eos_token }}\n{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}",
    "{%- for tool in tools -%}{{ tool | tojson(indent=2) }}{%- if not loop.last %}, {% endif -%}{%- endfor -%}",
    "{% set sys = messages[0].content if messages[0].role == 'system' else '' %}{% set rest = messages[1:] %}{{ sys }}{{ rest|length }}",
    "{% set ns = namespace(last=messages|length - 1, multi=true) %}{% for m in messages[::-1] %}{% set index = (messages|length - 1) - loop.index0 %}{% if ns.multi and m.role == 'user' and m.content is string %}{% set ns.multi = false %}{% set ns.last = index %}{% endif %}{% endfor %}{{ ns.last }}",
]
# White space.
W = ["\n", " ", "  \n", "\t", "\n\n  "]
T += [f"a{w}{o} if yes {c}{v}b" + "{% endif %}" for w in ["", " ", "\n  "] for o in ["{%", "{%-", "{%+"]
      for c in ["%}", "-%}", "+%}"] for v in ["", "\n", " \n "]]
T += [f"a{w}{o} seven {c}{v}b" for w in ["", "\n  "] for o in ["{{", "{{-", "{{+"] for c in ["}}", "-}}"] for v in ["\n", " "]]
T += [f"a{w}{o} note {c}{v}b" for w in ["", "\n  "] for o in ["{#", "{#-", "{#+"] for c in ["#}", "-#}", "+#}"] for v in ["\n", "\n\n"]]
T += ["{{ seven +}}", "text\n", "text\n\n", "a\r\nb\rc\n", "  {% if yes %}\n  x\n  {% endif %}\n", "{% if yes %}\n\n{% endif %}\n\n", "x {% if yes %} y {% endif %} z", "\u00a0{% if yes %}a{% endif %}", "{{ seven }}  {% if yes %}\n  b{% endif %}",
      "{#- a -#}  b", "{% set x = 1 %}\n{% set y = 2 %}\n{{ x }}\n{{ y }}\n", "   {{ seven }}\n   {%- if yes %}\n z{% endif %}", "{%- if yes -%}   \n\t a \n {%- endif -%}\n b", "{{- ' a ' -}}  {{- 'b' }}", "{%if yes%}a{%endif%}{%-if yes-%} b {%-endif-%}", "{{-seven-}}", "{{- -seven -}}"]


def main():
    cases = []
    for template in ["{{ " + line + " }}" for line in E] + T:
        try:
            text = _compile_jinja_template(template).render(**CONTEXT)
            text.encode("utf-8")
            assert not re.search(r" at 0x[0-9a-f]{6}", text), template
        except AssertionError:
            continue  # Python's address of an object is no text to expect.
        except Exception:
            text = None
        cases.append([template, None if template[3:-3] in REFUSED else text])
    rows = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    context = json.dumps(CONTEXT, ensure_ascii=False)
    path = Path(__file__).with_suffix(".json")
    path.write_text(f'{{"context": {context},\n"cases": [\n{rows}\n]}}\n')
    print(len(cases), sum(text is None for _, text in cases))


if __name__ == "__main__":
    main()
