//! The handbook: pages made from the catalogue.

use std::fmt::Write as _;

use crate::fault::{Class, Fault};

impl Fault {
    /// The fault's page: the doc comment of its file, which is Markdown.
    pub fn page(&self) -> String {
        let lines = self.source.lines().take_while(|line| line.starts_with("//!"));
        let text = lines.map(|line| line[3..].strip_prefix(' ').unwrap_or(&line[3..]));
        text.collect::<Vec<_>>().join("\n")
    }
}

/// The classes in the order of the handbook.
const CLASSES: [Class; 5] = [
    Class::Vulnerability,
    Class::Configuration,
    Class::Attack,
    Class::Compatibility,
    Class::Operation,
];

/// The handbook of faults as one page of Markdown: an index of symptoms, then a page for each.
pub fn handbook(faults: &[&'static Fault]) -> String {
    let mut page = String::from(
        "# Handbook of faults\n\nMade from the catalogue. `counterfoil explain ID` prints one \
         page; `counterfoil doctor` says which of them a deployment has. What settings, keys and \
         files should be: [standard-profile.md](standard-profile.md). Emergency plans that can be \
         carried out and measured: `counterfoil drill list`, see [doctor.md](doctor.md).\n\n\
         ## Index of symptoms\n\n| what is seen | fault |\n|---|---|\n",
    );
    let mut symptoms: Vec<(&str, &str)> = faults
        .iter()
        .flat_map(|fault| fault.symptoms.iter().map(|symptom| (*symptom, fault.id)))
        .collect();
    symptoms.sort_unstable();
    for (symptom, id) in symptoms {
        let _ = writeln!(page, "| {symptom} | [{id}](#{id}) |");
    }
    for class in CLASSES {
        let _ = write!(page, "\n## Class {}\n", class.name());
        let mut members: Vec<_> = faults.iter().filter(|fault| fault.class == class).collect();
        members.sort_by_key(|fault| fault.id);
        for fault in members {
            let text = fault.page().replace("\n## ", "\n#### ");
            let _ = write!(page, "\n### {}\n\n{text}\n", fault.id);
        }
    }
    page
}
