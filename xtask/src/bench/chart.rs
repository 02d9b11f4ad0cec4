//! Draws a comparison: plain bars, each with its name and figure, for light and dark pages.

use std::fmt::Write;

use super::report::{Kind, Row, Section};

const WIDTH: f64 = 760.0;
const LEFT: f64 = 330.0;
/// The room for a bar; its figure stands behind it.
const BAR: f64 = 340.0;
const TOP: f64 = 48.0;
const STEP: f64 = 28.0;
const THICK: f64 = 16.0;

/// Colours that differ in lightness too; the card's own background makes them hold on any page.
const STYLE: &str = "text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1f2328}\
.title{font-weight:600;font-size:15px}.small{font-size:12px;fill:#59636e}\
.card{fill:#fff;stroke:#d1d9e0}.ours{fill:#0550ae}.peer{fill:#9aa4af}\
.floor{fill:none;stroke:#59636e;stroke-dasharray:4 3}\
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.small{fill:#9198a1}.card{fill:#0d1117;stroke:#3d444d}\
.ours{fill:#58a6ff}.peer{fill:#656c76}.floor{stroke:#9198a1}}";

/// Draws the chart.
pub(crate) fn draw(section: &Section) -> String {
    let height = TOP + STEP * section.rows.len() as f64 + 34.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
         aria-labelledby=\"title description\">\n<title id=\"title\">{}</title>\n<desc id=\"description\">{}</desc>\n<style>{STYLE}</style>\n",
        escaped(&section.title),
        escaped(&description(section)),
    );
    let (card_width, card_height) = (WIDTH - 1.0, height - 1.0);
    let _infallible = writeln!(
        svg,
        "<rect class=\"card\" x=\"0.5\" y=\"0.5\" width=\"{card_width}\" height=\"{card_height}\" rx=\"6\"/>\n\
         <text class=\"title\" x=\"16\" y=\"29\">{}</text>",
        escaped(&section.title)
    );
    let longest = section.rows.iter().map(|row| row.value).fold(f64::MIN_POSITIVE, f64::max);
    for (number, row) in section.rows.iter().enumerate() {
        bar(&mut svg, row, TOP + STEP * number as f64, longest);
    }
    let _infallible = writeln!(
        svg,
        "<text class=\"small\" x=\"{LEFT}\" y=\"{}\">{}</text>\n</svg>",
        height - 14.0,
        escaped(&section.axis)
    );
    svg
}

fn bar(svg: &mut String, row: &Row, top: f64, longest: f64) {
    // Nothing at all would look like a missing bar.
    let length = (row.value / longest * BAR).max(2.0);
    let class = match row.kind {
        Kind::Floor => "floor",
        Kind::Ours => "ours",
        Kind::Peer => "peer",
    };
    let (base, end) = (top + 13.0, LEFT + length + 8.0);
    let _infallible = writeln!(
        svg,
        "<text x=\"{}\" y=\"{base}\" text-anchor=\"end\">{}</text>\
         <rect class=\"{class}\" x=\"{LEFT}\" y=\"{top}\" width=\"{length:.1}\" height=\"{THICK}\" rx=\"2\"/>\
         <text x=\"{end:.1}\" y=\"{base}\">{}</text>",
        LEFT - 10.0,
        escaped(&row.name),
        figure(row.value)
    );
}

fn figure(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// The chart in words, for whoever cannot see it.
fn description(section: &Section) -> String {
    let rows: Vec<_> =
        section.rows.iter().map(|row| format!("{}: {}", row.name, figure(row.value))).collect();
    format!("{}. {}.", section.axis, rows.join("; "))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(rows: Vec<Row>) -> Section {
        Section {
            id: "cache".to_owned(),
            title: "Hits & \"misses\"".to_owned(),
            note: None,
            columns: vec!["times the floor".to_owned()],
            rows,
            axis: "times the floor; shorter is better".to_owned(),
        }
    }

    fn row(name: &str, kind: Kind, value: f64) -> Row {
        Row { name: name.to_owned(), kind, value, cells: vec![figure(value)] }
    }

    #[test]
    fn bars_are_in_proportion_and_texts_are_escaped() {
        let rows = vec![
            row("floor: ArcSwap<HashMap>", Kind::Floor, 1.0),
            row("credential", Kind::Ours, 1.25),
            row("a peer", Kind::Peer, 125.0),
            row("nothing", Kind::Peer, 0.0),
        ];
        insta::assert_snapshot!(draw(&section(rows)));
    }

    #[test]
    fn a_chart_without_rows_is_still_a_chart() {
        assert!(draw(&section(Vec::new())).ends_with("</svg>\n"));
    }
}
