//! A path as people read it: a line per step, and what comes of it.

use super::{Hop, Path, Verdict, Way};

impl Path {
    /// A line per step: who decides, what, and where `source`, the file, says so.
    pub fn steps(&self, source: &str) -> Vec<String> {
        let file = std::path::Path::new(source).file_name().map_or(source.into(), |name| name.to_string_lossy());
        let width = self.hops.iter().map(|hop| hop.component.to_string().chars().count()).max().unwrap_or(0);
        let line = |hop: &Hop| {
            let sign = if hop.passes { "✓" } else { "✗" };
            let way = if hop.way == Way::Back { "answers: " } else { "" };
            let place = hop.line.number().map(|line| format!("  ({file}:{line})")).unwrap_or_default();
            format!("  {sign} {:width$}  {way}{}{place}", hop.component.to_string(), hop.says)
        };
        self.hops.iter().map(line).collect()
    }
}

impl Verdict {
    /// What comes of it, and what to change.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Verdict::Reached { host, at, traffic, source } => {
                vec![format!("yes: {host} is reached at {at} {traffic}, and sees {source}")]
            }
            Verdict::Handed { to } => {
                vec![format!("it depends: {to} takes it on its way, and its own kernel decides what becomes of it")]
            }
            Verdict::Silence { code, change } => {
                vec![format!("no: nothing comes back ({code})"), format!("to change it: {change}")]
            }
            Verdict::Broken { code, change } => vec![
                format!("no: a load balancer takes the connection and ends it, because it reaches no target ({code})"),
                format!("to change it: {change}"),
            ],
            Verdict::Sometimes { reached, of, code, change } => {
                vec![format!("sometimes: {reached} of {of} targets answer ({code})"), format!("to change it: {change}")]
            }
        }
    }
}
