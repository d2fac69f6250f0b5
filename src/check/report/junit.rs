//! `JUnit`'s XML, as CI systems read it: a test suite per lab, a test case per check.

use crate::check::runner::{Outcome, Results, Verdict};
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use std::io;

/// The results of a lab's checks. Characters that XML cannot hold are left out.
pub fn junit(lab: &str, file: &str, results: &Results) -> io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let tests = results.outcomes.len().to_string();
    let failures = results.count(|verdict| matches!(verdict, Verdict::Failed(_))).to_string();
    let skipped = results.count(|verdict| *verdict == Verdict::NotRun).to_string();
    let time = format!("{:.3}", results.took.as_secs_f64());
    let counts =
        [("tests", tests.as_str()), ("failures", &failures), ("errors", "0"), ("skipped", &skipped), ("time", &time)];
    writer.create_element("testsuites").with_attributes(counts).write_inner_content(|writer| {
        let suite = writer.create_element("testsuite").with_attribute(("name", lab)).with_attributes(counts);
        suite.write_inner_content(|writer| {
            results.outcomes.iter().try_for_each(|outcome| case(writer, (lab, file), outcome))
        })?;
        Ok(())
    })?;
    let mut text = writer.into_inner();
    text.push(b'\n');
    String::from_utf8(text).map_err(io::Error::other)
}

fn case(writer: &mut Writer<Vec<u8>>, (lab, file): (&str, &str), outcome: &Outcome) -> io::Result<()> {
    let (name, time) = (legal(&outcome.name), format!("{:.3}", outcome.took.as_secs_f64()));
    let line = outcome.line.number().map(|line| line.to_string());
    let mut case = writer.create_element("testcase").with_attributes([
        ("classname", lab),
        ("name", name.as_str()),
        ("time", &time),
        ("file", file),
    ]);
    if let Some(line) = &line {
        case = case.with_attribute(("line", line.as_str()));
    }
    match &outcome.verdict {
        Verdict::Passed => case.write_empty()?,
        Verdict::NotRun => {
            case.write_inner_content(|writer| writer.create_element("skipped").write_empty().map(drop))?
        }
        Verdict::Failed(said) => case.write_inner_content(|writer| {
            let said = legal(said);
            let first = said.lines().next().unwrap_or_default();
            let failure = writer.create_element("failure").with_attribute(("message", first));
            failure.write_text_content(BytesText::new(&said)).map(drop)
        })?,
    };
    Ok(())
}

/// A text without what no XML document may hold.
fn legal(text: &str) -> String {
    let is_legal =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(|c| is_legal(*c)).collect()
}
