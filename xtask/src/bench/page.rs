//! The page that shows the figures.

use std::fmt::Write;

use super::report::{Report, Section, Target};

const PREFACE: &str = "# Performance

Written by `cargo xtask bench`, which runs the family and its peers side by side in one process. Figures are ratios, because the
machine's speed and its other work cancel out of them; each is the median of 31 rounds in which all contestants take turns, in
processor time, unless a note says wall time. Bars of this family are blue, those of peers grey, and the least that anybody can do
is a dashed outline. Wall time, where a note names it, also counts whatever else the machine does: on a busy one, read such figures as
an upper bound, and the order of contestants alone.

The peers are compiled by this command only: the benchmarks are a workspace of their own in `crates/credential-bench`.

";

/// Writes the page. Writing to a String does not fail.
pub(crate) fn write(report: &Report) -> String {
    let mut page = PREFACE.to_owned();
    targets(&mut page, &report.targets);
    for section in &report.sections {
        comparison(&mut page, section);
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn targets(page: &mut String, targets: &[Target]) {
    let missed = targets.iter().filter(|target| !target.met).count();
    let summary = match missed {
        0 => format!("All {} are met.", targets.len()),
        _ => format!("{missed} of {} are missed.", targets.len()),
    };
    let _infallible = write!(page, "## Aims\n\n{summary}\n\n| aim | measured | |\n| --- | --- | --- |\n");
    for target in targets {
        let verdict = if target.met { "met" } else { "**missed**" };
        let _infallible = writeln!(page, "| {} | {} | {verdict} |", target.aim, target.measured);
    }
    page.push('\n');
}

fn comparison(page: &mut String, section: &Section) {
    let Section { id, title, note, columns, rows, axis } = section;
    let _infallible = write!(page, "## {title}\n\n");
    if let Some(note) = note {
        let _infallible = write!(page, "{note}\n\n");
    }
    let alternative = format!("Bar chart of the table below: {axis}.");
    let _infallible = write!(page, "![{alternative}](performance/{id}.svg)\n\n");
    let _infallible = writeln!(page, "| contestant | {} |", columns.join(" | "));
    let _infallible = writeln!(page, "| --- {}|", "| --- ".repeat(columns.len()));
    for row in rows {
        let _infallible = writeln!(page, "| {} | {} |", row.name, row.cells.join(" | "));
    }
    page.push('\n');
}

#[cfg(test)]
mod tests {
    use super::super::report::{Kind, Row};
    use super::*;

    #[test]
    fn a_missed_aim_is_said_plainly() {
        let target = |aim: &str, met| Target { aim: aim.to_owned(), measured: "1.30".to_owned(), met };
        let row =
            Row { name: "ours".to_owned(), kind: Kind::Ours, value: 1.3, cells: vec!["1.30".to_owned()] };
        let section = Section {
            id: "signing".to_owned(),
            title: "Signing".to_owned(),
            note: Some("With a note.".to_owned()),
            columns: vec!["times the floor".to_owned()],
            rows: vec![row],
            axis: "times the floor".to_owned(),
        };
        let report = Report {
            sections: vec![section],
            targets: vec![target("at most 1.4", true), target("at most 1.1", false)],
        };
        insta::assert_snapshot!(write(&report));
    }
}
