use super::parse::parse;
use super::tree::*;
fn dump(text: &str, n: &Node, d: usize) { match &n.kind {
 Kind::Scalar{text: t, plain} => println!("{:d$}S {t:?} {plain} {:?} tag={:?}", "", &text[n.span.range()], n.tag),
 Kind::Sequence(v) => { println!("{:d$}Q {:?} {:?}", "", &text[n.span.range()], n.tag); for i in v {dump(text,i,d+1)} }
 Kind::Mapping(v) => { println!("{:d$}M {:?}", "", &text[n.span.range()]); for (k,i) in v {println!("{:d$}K {:?} {:?}", "", k.value, &text[k.span.range()]); dump(text,i,d+1)} }
}}
#[test] fn spike() {
 for text in [
  "# 한국어 주석\nvpcs: # 주석 é\n  é한: {cidr: 10.0.0.0/8, b: [ a, \"x y\" ]} # 후\n  t: |\n    여기\n    b\n  u: !Ref x\n  v: !Sub \"한\"\n  w:\n  z: &a [1, 2]\n  y: *a\n",
  "a: b\r\nc:\r\n  d: e\r\n  f: [g,\r\n h]\r\n",
  "\u{feff}a: b\n",
  "a:\n\tb: c\n", "a:\n  b: c\n\td: e\n", "a: b\n c: d\n", "a: [1, 2\nb: c\n", "a: 'x\n", "a: *b\n", "---\na: b\n---\nc: d\n", "# only\n", "", "a: &x [*x]\n", "? [a]\n: b\n", "a: b: c\n", "- a\n- b: c\n  d: e\n", "{\"a\":\t1,\n\t\"b\": [1]}\n", "a: @b\n", "a: %b\n", "a: `b`\n", "a:\n- b\n\t- c\n","<<: 3\na: 1\na: 2\n", "a: b\n...\nfoo\n", "%YAML 1.1\n---\na: b", "a: 1\n\t\nb: 2\n",
 ] {
  println!("=== {text:?}");
  let (n, d) = parse(text);
  if let Some(n) = n { dump(text, &n, 0) }
  for d in d.into_sorted() { println!("!! {} {:?} at {:?}", d.message, d.hint, &text[d.span.start..]) }
 }
}
