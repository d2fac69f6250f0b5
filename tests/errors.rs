//! Every mistake in a file is reported in one run, each at its place and with a way out.
//!
//! Beside each file of `tests/errors` stands what is said about it. `UPDATE_GOLDEN=1` writes that anew.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use vpcns::input::{self, Error, Examined, Options, Source};

#[test]
fn each_mistake_is_reported_at_its_place() {
    let mut wrong = Vec::new();
    for file in fixtures() {
        // The path as a user in that directory would type it, so that the output is the same everywhere.
        let mut source = input::read(Some(&file)).expect("a fixture can be read");
        source.name = file.file_name().expect("a fixture is a file").to_string_lossy().into_owned();
        let directory = source.directory.display().to_string();
        let mistakes = input::topology(&source, &options(), None).expect_err("a fixture has mistakes");
        let rendered = input::render(&source, mistakes).replace(&directory, "DIRECTORY");
        let golden = file.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, rendered).expect("the golden file can be written");
        } else if fs::read_to_string(&golden).unwrap_or_default() != rendered {
            wrong.push(format!("{}:\n{rendered}", golden.display()));
        }
    }
    assert!(wrong.is_empty(), "not as expected; if it is right, renew with UPDATE_GOLDEN=1\n{}", wrong.join("\n"));
}

#[test]
fn mistakes_are_data_too() {
    let source = source("vpcs:\n  main: { cidr: 10.0.0.0/16, tag: 한국, colour: green, enable_dns_support: yes }\n");
    let mistakes =
        input::mistakes(&source, input::topology(&source, &options(), None).expect_err("there are two mistakes"));
    let json = serde_json::to_value(&mistakes).expect("mistakes are plain data");
    assert_eq!(
        json,
        serde_json::json!([
            {
                "file": "test.yaml",
                "line": 2,
                "column": 39,
                "message": "unknown key `colour`",
                "severity": "error",
                "hint": "the keys here are `cidr`, `secondary_cidrs`, `account`, `region`, `enable_dns_support`, \
                         `enable_dns_hostnames`, `dhcp_options`, `internet_gateway`, `routes`, `propagating_vgws`, \
                         `route_tables`, `main_route_table`, `subnets`, `security_groups`, `network_acls`, `tag`",
            },
            {
                "file": "test.yaml",
                "line": 2,
                "column": 74,
                "message": "expected `true` or `false`, found `yes`",
                "severity": "error",
                "hint": "write `true`",
            },
        ])
    );
}

#[test]
fn of_very_many_mistakes_some_are_shown_and_all_are_counted() {
    let names: Vec<_> = (0..120).map(|n| format!("  bad name {n}: {{ cidr: 10.0.0.0/16 }}")).collect();
    let source = source(&format!("vpcs:\n{}\n", names.join("\n")));
    let mistakes = input::draft(&source, &Options::default()).expect_err("the names are bad");
    let rendered = input::render(&source, mistakes);
    assert_eq!(rendered.matches("error: ").count(), 100);
    assert!(rendered.ends_with("… and 20 more\n\n120 mistakes in `test.yaml`\n"));
}

#[test]
fn what_is_no_text_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let write = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        fs::write(&path, bytes).expect("a file can be written");
        path
    };
    let read = |path: &Path| input::read(Some(path)).expect_err("it is no text");
    assert!(matches!(read(&write("empty", b"")), Error::Empty(_)));
    assert!(matches!(read(&write("blank", b" \n\n")), Error::Empty(_)));
    assert!(matches!(read(&write("zero", b"vpcs:\0")), Error::Binary { at: 5, .. }));
    assert!(matches!(read(&write("latin", b"name: caf\xe9\n")), Error::Binary { at: 9, .. }));
    assert!(matches!(read(directory.path()), Error::Directory(_)));
    let missing = read(&directory.path().join("missing"));
    assert!(matches!(missing, Error::Read { .. }) && missing.to_string().contains("hint: "));
}

#[test]
fn a_file_of_a_hundred_megabytes_is_refused_unread() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.as_file().set_len(100_000_000).expect("a file can have a hole");
    let began = Instant::now();
    assert!(matches!(input::read(Some(file.path())), Err(Error::TooLarge(_))));
    // What does not say how large it is (a pipe, a device) is read up to the limit only.
    assert!(matches!(input::read(Some(Path::new("/dev/zero"))), Err(Error::TooLarge(_))));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_mark_before_the_text_is_no_part_of_it() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), "\u{feff}vpcs: {}\n").expect("a file can be written");
    let source = input::read(Some(file.path())).expect("the text can be read");
    assert!(input::draft(&source, &Options::default()).is_ok());
}

#[test]
fn a_mistake_of_meaning_that_follows_from_one_of_form_is_left_out() {
    let text = "vpcs:\n  main: { cidr: [], subnets: { one: { cidr: 10.0.0.0/33 } } }\n";
    let Examined { draft, mistakes: form, .. } = input::examine(&source(text), &options());
    let draft = draft.expect("the text is YAML");
    let mut meaning = vpcns::model::diagnostic::Diagnostics::default();
    meaning.push(draft.vpcs[0].cidr.span, "`` is not a CIDR");
    meaning.push(draft.subnets[0].cidr.span, "`10.0.0.0/33` is not a CIDR");
    let all: Vec<_> = input::together(form, meaning).into_sorted().into_iter().map(|mistake| mistake.message).collect();
    assert_eq!(all, ["expected text, found a list", "`10.0.0.0/33` is not a CIDR"]);
}

fn fixtures() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/errors");
    let entries = fs::read_dir(directory).expect("the fixtures are there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yaml" || ending == "json"));
    files.sort();
    assert!(!files.is_empty());
    files
}

fn options() -> Options {
    Options::of_lab("lab")
}

fn source(text: &str) -> Source {
    Source { name: "test.yaml".into(), text: text.into(), directory: PathBuf::new() }
}
