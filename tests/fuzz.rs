//! No file, however broken, makes the readers panic, hang, or take all memory: mutations of every topology, template and
//! fixture of the project, the same ones each time; an input that did harm becomes one, in `tests/corpus/`.
//!
//! `VPCNS_SEED` (default 1) begins another series, `VPCNS_CASES` (default 20 for each file) makes it longer. The case
//! that is being read is kept in `target/tmp/fuzz-case`, where it stays if the whole process ends.

mod random;

use random::Random;
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};
use vpcns::{
    input::{self, Options, Source},
    lint,
    model::{
        cloud_config,
        policy::{Document, Form, Json, Policies, filled},
    },
};

/// How long one case may take, on the slowest machine, in a build without optimization.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much memory all cases together may take at a time, in KiB.
const MEMORY: u64 = 2 << 20;
/// The longest case.
const LONGEST: usize = 256 << 10;

/// What files are made of.
const WORDS: &[&str] = &[
    "!Ref ",
    "!Sub ",
    "!GetAtt ",
    "Fn::If",
    "Fn::Join",
    "Fn::Cidr",
    "Fn::Split",
    "Fn::Select",
    "AWS::NoValue",
    "*a",
    "&a ",
    "<<: ",
    "? ",
    "- ",
    "|\n",
    ">-\n",
    "\t",
    "\u{feff}",
    "\0",
    "\u{202e}",
    "null",
    "~",
    "[]",
    "{}",
    "''",
    "\"\\u0000\"",
    "99999999999999999999999999",
    "-1",
    "1e999",
    "0x7fffffff",
    "0.0.0.0/0",
    "255.255.255.255/33",
    "10.0.0.0/0",
    "::/0",
    "${",
    "${A}",
    "${!A}",
    "Properties",
    "Type: AWS::EC2::Instance",
    "Type: AWS::AutoScaling::AutoScalingGroup",
    "DesiredCapacity: 2147483647",
    "user_data: '#cloud-config'",
    "command: [",
    "count: 1000000000",
    "\"Statement\": ",
    "\"NotPrincipal\": ",
    "\"Condition\": {\"ForAllValues:NumericLessThanIfExists\": ",
    "${aws:userid, '*'}",
    "---\n",
    "...\n",
    "'",
    "\"",
    ":",
    ",",
    "[",
    "]",
    "{",
    "}",
    "#",
    "%",
    "@",
    "`",
    "é",
    "한",
    "😀",
];

/// One to four slips in a text.
fn mutated(text: &str, other: &str, random: &mut Random) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(4) {
        let (at, length) = (random.below(text.len() + 1), random.below(200));
        let end = (at + length).min(text.len());
        match random.below(9) {
            0 => drop(text.drain(at..end)),
            1 => {
                let piece: Vec<_> = text[at..end].repeat(1 + random.below(50));
                text.splice(at..at, piece);
            }
            2 => {
                let piece: Vec<_> = text.drain(at..end).collect();
                let to = random.below(text.len() + 1);
                text.splice(to..to, piece);
            }
            3 => {
                let depth = 1 + random.below(3000);
                let (open, close) =
                    [("[", "]"), ("{a: ", "}"), ("- ", ""), ("!Sub ", ""), ("{Fn::Base64: ", "}")][random.below(5)];
                text.splice(end..end, close.repeat(depth).chars());
                text.splice(at..at, open.repeat(depth).chars());
            }
            4 => {
                let word = WORDS[random.below(WORDS.len())];
                text.splice(at..at, word.chars());
            }
            5 => text.truncate(at),
            6 => {
                let number =
                    text.iter().enumerate().filter(|(_, letter)| letter.is_ascii_digit()).map(|(place, _)| place);
                let places: Vec<_> = number.collect();
                if let Some(place) = (!places.is_empty()).then(|| places[random.below(places.len())]) {
                    text.splice(place..=place, "98765432109876543210".chars().take(1 + random.below(20)));
                }
            }
            7 => {
                let lines: Vec<String> = text.iter().collect::<String>().lines().map(str::to_owned).collect();
                let mut lines = lines;
                let (one, two) = (random.below(lines.len()), random.below(lines.len()));
                if !lines.is_empty() {
                    lines.swap(one, two);
                }
                text = lines.join("\n").chars().collect();
            }
            _ => {
                let other: Vec<char> = other.chars().collect();
                let from = random.below(other.len() + 1);
                let piece = other[from..(from + random.below(400)).min(other.len())].to_vec();
                text.splice(at..end, piece);
            }
        }
        text.truncate(LONGEST);
    }
    text.into_iter().collect()
}

/// Reads a text in every way, and renders what is wrong with it.
fn read(text: &str) {
    let source = Source { name: "case.yaml".into(), text: text.into(), directory: PathBuf::from("/nonexistent") };
    for allow_unsupported in [false, true] {
        let options = Options { allow_unsupported, ..Options::of_lab("lab") };
        match input::topology(&source, &options, None) {
            Ok(topology) => {
                drop(vpcns::compile::compile(&topology, &vpcns::spec::service::Health::default()));
                drop(Policies::of(&topology));
                let draft = input::examine(&source, &options).draft.expect("a topology comes of a draft");
                drop(lint::lint(&topology, &draft));
            }
            Err(mistakes) => assert!(!input::render(&source, mistakes).is_empty()),
        }
    }
    let _ = cloud_config::script(text);
    read_policy(text);
}

/// Reads a text as a policy of every form, as the policies in it, and the ends of both.
fn read_policy(text: &str) {
    let braces = text.match_indices('{').take(20).map(|(at, _)| &text[at..]);
    for text in std::iter::once(text).chain(braces) {
        for form in [Form::Endpoint, Form::Bucket(Some("b")), Form::Inline, Form::Managed] {
            let _ = Document::parse(text, form);
        }
        if let Ok(json) = Json::parse(text) {
            assert_eq!(Json::parse(&json.to_string()).as_ref(), Ok(&json));
        }
    }
    let _ = filled(text, &|_, _, _| Some("x".into()));
}

fn files() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = ["topologies", "tests/corpus", "tests/errors", "tests/cloudformation", "tests/policies"]
        .iter()
        .flat_map(|directory| fs::read_dir(root.join(directory)).expect("it is there").flatten())
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "json"))
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).expect("a fixture is text")).collect()
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

/// The most memory that this process ever had, in KiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it is among it");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn no_broken_file_breaks_the_readers() {
    let files = files();
    let (seed, cases) = (number("VPCNS_SEED", 1), number("VPCNS_CASES", 20));
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz-case");
    let mut tried = 0;
    for (place, file) in (1..).zip(&files) {
        let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ place);
        for case in 0..cases {
            let other = &files[random.below(files.len())];
            let text = mutated(file, other, &mut random);
            fs::write(&kept, &text).expect("the case can be kept");
            let (done, is_done) = mpsc::channel();
            let reader = thread::spawn(move || {
                read(&text);
                let _ = done.send(());
            });
            let what = format!("VPCNS_SEED={seed}, file {place}, case {case}: see `{}`", kept.display());
            match is_done.recv_timeout(PATIENCE) {
                Ok(()) => reader.join().expect("it has ended"),
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs: {what}"),
                Err(mpsc::RecvTimeoutError::Disconnected) => panic!("it panics: {what}"),
            }
            tried += 1;
            assert!(memory() < MEMORY, "it takes {} KiB: {what}", memory());
        }
    }
    let _ = fs::remove_file(kept);
    // The output of a test that succeeds is not shown; this is.
    writeln!(io::stderr(), "bad files: {tried} inputs tried, 0 panics").expect("somebody listens");
}
