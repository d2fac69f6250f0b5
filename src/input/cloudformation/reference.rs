//! The tables of `docs/cloudformation.md`, made from the code's own, so that the page cannot lag behind.

use super::kind::{MIRRORED, Mirrored, UNMIRRORED, WITHOUT_EFFECT};
use std::fmt::Write;

/// The name and the text of each part of the page.
pub fn reference() -> Vec<(&'static str, String)> {
    let list = |names: &[&str]| names.iter().flat_map(|name| ["* `", name, "`\n"]).collect::<String>();
    vec![
        ("mirrored", MIRRORED.iter().map(resource).collect()),
        ("without-effect", list(WITHOUT_EFFECT)),
        ("unmirrored", list(UNMIRRORED)),
    ]
}

fn resource(resource: &Mirrored) -> String {
    let mut text = format!("### `{}`\n\n| property | value | meaning |\n|---|---|---|\n", resource.name);
    for key in resource.keys {
        let required = if key.required { " (required)" } else { "" };
        let docs: Vec<_> = key.docs.iter().map(|line| line.trim()).collect();
        writeln!(text, "| `{}`{required} | {} | {} |", key.name, (key.what)(), docs.join(" "))
            .expect("a string takes it");
    }
    let names = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let attributes: Vec<_> = resource.attributes.iter().map(|(name, _)| *name).collect();
    for (what, list) in
        [("Changes nothing", resource.accepted), ("Refused", resource.unmirrored), ("`Fn::GetAtt`", &attributes)]
    {
        if !list.is_empty() {
            writeln!(text, "\n{what}: {}.", names(list)).expect("a string takes it");
        }
    }
    text.push('\n');
    text
}
