use vpcns::*;
fn main() {
    let file = std::env::args().nth(1).unwrap();
    let source = input::read(Some(std::path::Path::new(&file))).unwrap();
    let draft = match input::draft(&source) { Ok(d) => d, Err(e) => { println!("{}", input::render(&source, e)); return; } };
    let t = match model::Topology::resolve(&draft, "t", None) { Ok(t) => t, Err(e) => { println!("{}", input::render(&source, e)); return; } };
    let s = compile::compile(&t, &Default::default());
    for (n, ns) in &s.namespaces {
        println!("== {n}");
        for (l, k) in &ns.links { println!("link {l} {k:?}"); }
        for a in &ns.addresses { println!("addr {a}"); }
        for r in &ns.routes { println!("route {r}"); }
        for r in &ns.rules { println!("rule {r}"); }
        if let spec::nft::Filter::Table(t) = &ns.nft { println!("{t}"); }
    }
    println!("{:#?}", s.services);
}
