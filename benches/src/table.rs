//! Tables for people: aligned text for the terminal, Markdown for the report.

use std::fmt::Write as _;

/// A table; the first column is text, the others are mostly numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What the table shows.
    pub title: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table under `title` with the columns `header`.
    #[must_use]
    pub fn new(title: impl Into<String>, header: &[&str]) -> Self {
        let header = header.iter().map(|&cell| cell.to_owned()).collect();
        Self { title: title.into(), header, rows: Vec::new() }
    }

    /// Adds a row; missing cells stay empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        let mut row: Vec<String> = cells.into_iter().map(Into::into).collect();
        row.resize(self.header.len(), String::new());
        self.rows.push(row);
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Aligned text.
    #[must_use]
    pub fn text(&self) -> String {
        let widths: Vec<usize> = (0..self.header.len())
            .map(|column| {
                let cells = std::iter::once(&self.header).chain(&self.rows);
                cells.map(|row| row[column].chars().count()).max().unwrap_or(0)
            })
            .collect();
        let mut text = format!("{}\n", self.title);
        for row in std::iter::once(&self.header).chain(&self.rows) {
            let mut line = String::from(" ");
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let _ = if column == 0 {
                    write!(line, " {cell:<width$}")
                } else {
                    write!(line, "  {cell:>width$}")
                };
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// A Markdown table under a heading.
    #[must_use]
    pub fn markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|c| c.replace('|', "\\|")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let mut text = format!("### {}\n\n{}", self.title, line(&self.header));
        let rule = |column| if column == 0 { "---" } else { "---:" }.to_owned();
        text.push_str(&line(&(0..self.header.len()).map(rule).collect::<Vec<_>>()));
        self.rows.iter().for_each(|row| text.push_str(&line(row)));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_bars_do_not_break_a_row() {
        let mut table = Table::new("Reading", &["set", "F1"]);
        table.row(["receipts", "0.9430"]);
        table.row(["a|b"]);
        assert_eq!(table.text(), "Reading\n  set           F1\n  receipts  0.9430\n  a|b\n");
        assert_eq!(
            table.markdown(),
            "### Reading\n\n| set | F1 |\n| --- | ---: |\n| receipts | 0.9430 |\n| a\\|b |  |\n"
        );
        assert!(!table.is_empty() && Table::new("", &[]).is_empty());
    }
}
