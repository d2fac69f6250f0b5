//! Transcripts: commands as a document prints them, and what they must print.
//!
//! ```text
//! # a comment
//! $ vpcns exec private dig +short $(output endpoints.customer.dns_name)
//! 10.10.1.xx
//! $ vpcns exec private curl -m 1 10.20.1.10
//! [28]
//! ```
//!
//! Only stdout counts. `xx` stands for some letters or digits, `...` for anything; `[28]` is an exit code other
//! than zero. Each transcript has a machine of its own, which must be untouched after the last lab is down.

use super::world::World;
use std::{fs, path::Path};

/// One command and what is expected of it.
#[derive(Debug, Default, PartialEq)]
struct Step {
    command: String,
    expected: Vec<String>,
    code: i32,
}

fn parse(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { command: command.to_owned(), ..Step::default() });
        } else if let Some(step) = steps.last_mut() {
            match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).and_then(|code| code.parse().ok()) {
                Some(code) => step.code = code,
                None => step.expected.push(line.to_owned()),
            }
        }
    }
    for step in &mut steps {
        while step.expected.last().is_some_and(String::is_empty) {
            step.expected.pop();
        }
    }
    steps
}

/// Whether a line is as the mask says.
fn fits(mask: &str, line: &str) -> bool {
    let wild = [mask.find("xx").map(|at| (at, 2)), mask.find("...").map(|at| (at, 3))];
    let Some((at, length)) = wild.into_iter().flatten().min() else { return mask == line };
    let (before, after) = (&mask[..at], &mask[at + length..]);
    let Some(rest) = line.strip_prefix(before) else { return false };
    let some = |character: char| length == 3 || character.is_ascii_alphanumeric();
    let ends = rest.char_indices().take_while(|(_, character)| some(*character)).map(|(at, c)| at + c.len_utf8());
    (length == 3).then_some(0).into_iter().chain(ends).any(|end| fits(after, &rest[end..]))
}

fn play(name: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(name).with_extension("txt");
    let world = World::new();
    play_in(&world, &fs::read_to_string(file).unwrap());
    world.finish();
}

fn play_in(world: &World, text: &str) {
    for step in parse(text) {
        let done = world.run(&step.command);
        let lines: Vec<_> = done.stdout.lines().collect();
        let same = lines.len() == step.expected.len()
            && step.expected.iter().zip(&lines).all(|(mask, line)| fits(mask, line))
            && done.code == step.code;
        assert!(same, "$ {}\n{}{}[{}]\nexpected: {step:#?}", step.command, done.stdout, done.stderr, done.code);
    }
}

/// The text between a line with three backticks and `kind`, and the next line with three backticks.
fn block<'a>(page: &'a str, kind: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("\n```{kind}\n")).unwrap();
    rest.split_once("\n```").unwrap().0
}

macro_rules! transcripts {
    ($($name:ident)*) => {
        $(#[test] fn $name() { play(stringify!($name)); })*

        #[test]
        fn every_transcript_is_played() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
            for file in fs::read_dir(folder).unwrap() {
                let name = file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
                assert!([$(stringify!($name)),*].contains(&name.as_str()), "`{name}` is in no test");
            }
        }
    };
}

transcripts! {
    cost
    document_000
    document_000_overlap
    document_002_deletion
    document_002_part_2
    document_002_part_3
    document_003
    document_004
    internet_gateway
    load_balancer
    many_consumers
    nat_gateway
    network_acls
    peering
    resolver
    security_groups
    why
}

/// The first page's lab and commands, as they are printed there.
#[test]
fn readme() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let world = World::new();
    world.write("/run/lab.yaml", block(&page, "yaml"));
    let commands = block(&page, "console")
        .replace("sudo ", "")
        .replace("lab.yaml", "/run/lab.yaml")
        // Each command has a shell of its own here; and not every machine has `jq`.
        .replace("$name", "$(output endpoints.hello.dns_name)")
        .lines()
        .filter(|line| !line.contains("jq"))
        .collect::<Vec<_>>()
        .join("\n");
    // What curl says goes to stderr, and the page does not print its exit code.
    play_in(
        &world,
        &commands.replace(
            "-m 3 $(output endpoints.hello.dns_name)",
            "--stderr - -m 3 $(output endpoints.hello.dns_name) || true",
        ),
    );
    world.ok("rm /run/lab.yaml");
    world.assert_untouched();
}

#[test]
fn masks() {
    assert!(fits("10.10.1.xx", "10.10.1.7") && fits("10.10.1.xx", "10.10.1.249"));
    assert!(!fits("10.10.1.xx", "10.10.1.") && !fits("10.10.1.xx", "10.10.11.7"));
    assert!(fits("a ... z", "a b c z") && fits("...", "") && !fits("a...", "b"));
}

#[test]
fn a_transcript_is_commands_and_what_they_print() {
    let steps = parse("# x\n$ true\n\n$ echo a; exit 3\na\n[3]\n");
    assert_eq!(steps[0], Step { command: "true".into(), ..Step::default() });
    assert_eq!(steps[1], Step { command: "echo a; exit 3".into(), expected: vec!["a".into()], code: 3 });
}
