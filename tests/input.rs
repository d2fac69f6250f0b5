//! What the labs of `topologies/` say once they are read, that the page about the format keeps up with the
//! schema, and that no text whatever makes reading panic.

mod page;

use proptest::prelude::*;
use std::{
    fs,
    path::{Path, PathBuf},
};
use vpcns::{
    input::{self, Options, Source},
    model::{
        diagnostic::Diagnostics,
        draft::{Draft, Peer},
    },
    spec::service::Content,
};

#[test]
fn every_topology_is_right_and_says_what_to_try() {
    let entries = fs::read_dir(root().join("topologies")).expect("the topologies are there");
    for entry in entries {
        let path = entry.expect("an entry can be read").path();
        let source = input::read(Some(&path)).expect("a topology can be read");
        if let Err(mistakes) = input::draft(&source, &Options::default()) {
            panic!("{}", input::render(&source, mistakes));
        }
        let head: String = source.text.lines().take_while(|line| line.starts_with('#')).collect();
        assert!(head.contains("Try:") && head.contains("sudo vpcns up"), "{} lacks its head", path.display());
    }
}

#[test]
fn without_a_file_it_is_the_private_link_lab() {
    let draft = input::draft(&input::read(None).expect("it is embedded"), &Options::default()).expect("it is right");
    assert_eq!(draft.name.map(|name| name.value).as_deref(), Some("privatelink"));
    let names: Vec<_> = draft.instances.iter().map(|instance| instance.label.name.value.as_str()).collect();
    assert_eq!(names, ["bastion", "private", "service"]);
}

#[test]
fn names_inside_a_vpc_become_whole() {
    let draft = draft(
        "
vpcs:
  a:
    cidr: 10.0.0.0/16
    internet_gateway: true
    routes: { 10.1.0.0/16: blackhole }
    route_tables: { t: {} }
    subnets: { s: { cidr: 10.0.0.0/24, routes: {} }, u: { cidr: 10.0.1.0/24, route_table: t } }
    security_groups: { g: { inbound: [{ type: DNS, source: [g, b/g, 10.0.0.0/8] }] } }
instances:
  i: { subnet: a/s, security_groups: [g, b/g], elastic_ip: true }
load_balancers:
  l: { subnets: [a/s], security_groups: [g], listeners: { TCP:80: [i, i:81], TLS:443: x } }
endpoints:
  e: { service: x, vpc: a, subnets: [s], security_groups: [g] }
",
    );
    let tables: Vec<_> = draft.route_tables.iter().map(|t| (t.label.name.value.as_str(), t.main)).collect();
    assert_eq!(tables, [("a/main", true), ("a/t", false), ("a/s", false)]);
    assert_eq!(draft.internet_gateways[0].label.name.value.as_str(), "a");
    let associated: Vec<_> = draft.subnets.iter().map(|s| s.route_table.as_ref().map(|t| t.value.as_str())).collect();
    assert_eq!(associated, [Some("a/s"), Some("a/t")]);
    let groups = draft.instances[0].security_groups.as_ref().expect("they were given");
    assert_eq!(groups.iter().map(|g| g.value.as_str()).collect::<Vec<_>>(), ["a/g", "b/g"]);
    assert_eq!(draft.elastic_ips[0].instance.as_ref().map(|i| i.value.as_str()), Some("i"));
    assert_eq!(draft.target_groups[0].label.name.value.as_str(), "l-80");
    assert_eq!(draft.target_groups[0].port.value, 80);
    assert_eq!(draft.target_groups[0].targets[1].port.as_ref().map(|port| port.value), Some(81));
    let listeners: Vec<_> = draft.load_balancers[0].listeners.iter().map(|l| l.protocol.value.as_str()).collect();
    assert_eq!(listeners, ["TCP", "TLS"]);
    assert_eq!(draft.endpoints[0].subnets[0].value.as_str(), "a/s");

    let rules = draft.security_groups[0].inbound.as_ref().expect("they were given");
    assert_eq!(rules.len(), 6, "two protocols from each of three peers");
    let peers: Vec<_> = rules.iter().step_by(2).map(|rule| &rule.peer.value).collect();
    assert!(matches!(peers[1], Peer::Group(name) if name.as_str() == "b/g"));
    assert!(matches!(peers[2], Peer::Cidr(cidr) if cidr == "10.0.0.0/8"));
}

#[test]
fn scalars_mean_what_is_expected_of_them() {
    let draft = draft(
        "
vpcs:
  a: { cidr: 10.0.0.0/16, account: 012345678901, tag: yes, enable_dns_support: TRUE, internet_gateway: }
target_groups:
  t: { vpc: a, port: 80, targets: [10.0.0.9:81], deregistration_delay: 10s, health_check: { port: 8080, matcher: 200 } }
",
    );
    assert_eq!(draft.vpcs[0].account.as_ref().map(|account| account.value.as_str()), Some("012345678901"));
    assert_eq!(draft.vpcs[0].label.tag.as_deref(), Some("yes"));
    assert_eq!(draft.vpcs[0].enable_dns_support, Some(true));
    assert!(draft.internet_gateways.is_empty());
    let group = &draft.target_groups[0];
    assert_eq!(group.target_type.as_ref().map(|kind| kind.value.as_str()), Some("ip"));
    assert_eq!(group.deregistration_delay.as_ref().map(|delay| delay.value), Some(10));
    assert_eq!(group.health_check.matcher.as_ref().map(|matcher| matcher.value.as_str()), Some("200"));
}

#[test]
fn bodies_end_with_a_newline_and_directories_are_whole() {
    let text = "
vpcs: { a: { cidr: 10.0.0.0/16 } }
instances: { i: { subnet: a/s, httpd: { 80: hello, 81: { body: \"hello\\n\" }, 82: { directory: tests/errors } } } }
";
    let source = Source { name: "test.yaml".into(), text: text.into(), directory: root() };
    let draft = input::draft(&source, &Options::default()).expect("it is right");
    let httpd: Vec<_> = draft.instances[0].httpd.values().map(|content| &content.value).collect();
    assert_eq!(httpd[0], &Content::Body("hello\n".into()));
    assert_eq!(httpd[0], httpd[1]);
    let errors = root().join("tests/errors").canonicalize().expect("it is there");
    assert_eq!(httpd[2], &Content::Directory(errors));
}

#[test]
fn what_is_not_mirrored_is_left_out_if_that_is_allowed() {
    let text = "vpcs: { a: { cidr: 10.0.0.0/16, transit_gateways: {}, colour: green } }\n";
    let source = Source { name: "test.yaml".into(), text: text.into(), directory: PathBuf::new() };
    let allowing = Options { allow_unsupported: true, ..Options::default() };
    let words = |found: Diagnostics| found.into_sorted().into_iter().map(|d| d.message).collect::<Vec<_>>();
    let examined = input::examine(&source, &allowing);
    assert_eq!(words(examined.mistakes), ["unknown key `colour`"]);
    assert_eq!(words(examined.warnings), ["`transit_gateways` is not mirrored yet"]);
    let mut parameters = allowing.parameters;
    parameters.set("Cidr", "10.0.0.0/16");
    let examined = input::examine(&source, &Options { parameters, ..Options::default() });
    assert!(words(examined.mistakes)[0].contains("only templates have parameters"));
}

#[test]
fn the_page_about_the_format_is_the_schema() {
    page::assert_tables("native-format.md", input::reference());
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in "\\PC*|[\\x00-\\x7f한é😀\u{feff}\u{85}]*") {
        read_and_render(&text);
    }

    /// Nearer to what people write: a topology in which a piece was replaced.
    #[test]
    fn no_slip_makes_reading_panic(at in 0usize..4000, length in 0usize..40, slip in "[ \\n\\t:{}\\[\\],&*!|>'\"#?a-z0-9é-]{0,8}") {
        slip_into(input::read(None).expect("it is embedded").text, at, length, &slip);
    }

    /// The same for templates, which have functions in them.
    #[test]
    fn no_slip_makes_reading_a_template_panic(
        which in 0usize..8,
        at in 0usize..6000,
        length in 0usize..40,
        slip in "[ \\n\\t:{}\\[\\],&*!|>'\"#?a-z0-9é-]{0,8}|!(Ref|Sub|GetAtt|Join|Select|Split|Cidr|If|GetAZs|Base64|FindInMap) |\\$\\{[A-Za-z.]{0,6}\\}?",
    ) {
        slip_into(TEMPLATES[which % TEMPLATES.len()].to_owned(), at, length, &slip);
    }
}

const TEMPLATES: &[&str] = &[
    include_str!("cloudformation/document-002-part-2.yaml"),
    include_str!("cloudformation/document-002-part-3.yaml"),
    include_str!("cloudformation/document-002-part-3.json"),
    include_str!("errors/cfn-circles.yaml"),
    include_str!("errors/cfn-functions.yaml"),
    include_str!("errors/cfn-properties.yaml"),
    include_str!("errors/cfn-references.yaml"),
    include_str!("errors/cfn-unmirrored.yaml"),
];

/// Reads a text in which a piece was replaced.
fn slip_into(mut text: String, at: usize, length: usize, slip: &str) {
    let boundary = |at: usize, text: &str| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    let start = boundary(at, &text).expect("zero is one");
    let end = boundary(at + length, &text).expect("zero is one");
    text.replace_range(start..end, slip);
    read_and_render(&text);
}

fn read_and_render(text: &str) {
    let source = Source { name: "test.yaml".into(), text: text.into(), directory: PathBuf::from("/nonexistent") };
    let allowing = Options { lab: "lab".into(), allow_unsupported: true, ..Options::default() };
    let _ = input::topology(&source, &allowing, None);
    if let Err(mistakes) = input::topology(&source, &Options::default(), None) {
        let rendered = input::render(&source, mistakes.clone());
        assert!(rendered.contains("test.yaml:"));
        assert!(!rendered.contains('\u{1b}'));
        assert!(!input::mistakes(&source, mistakes).is_empty());
    }
}

fn draft(text: &str) -> Draft {
    let source = Source { name: "test.yaml".into(), text: text.into(), directory: PathBuf::new() };
    input::draft(&source, &Options::default()).unwrap_or_else(|mistakes| panic!("{}", input::render(&source, mistakes)))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}
