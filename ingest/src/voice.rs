//! Everything that is said to the person at the terminal: the progress bar, the log, plain lines.
//! All of it goes to standard error, and nothing tears the bar.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::fmt::MakeWriter;

use ivendor_settings::{LogSettings, TraceSettings};
use ivendor_telemetry::{Telemetry, TelemetryError};

/// The one way to standard error.
#[derive(Debug, Clone)]
pub struct Voice {
    bar: ProgressBar,
}

impl Voice {
    /// With a progress bar where standard error is a terminal and `bar` is true.
    #[must_use]
    pub fn new(bar: bool) -> Self {
        let bar = if bar && io::stderr().is_terminal() {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4))
        } else {
            ProgressBar::hidden()
        };
        Self { bar }
    }

    /// Whether a bar is drawn.
    #[must_use]
    pub fn has_bar(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// The bar; where none is drawn, it takes everything and shows nothing.
    #[must_use]
    pub fn bar(&self) -> &ProgressBar {
        &self.bar
    }

    /// Starts the bar: documents, documents a second and, once the total is known, the time left.
    pub fn start(&self, done: u64) {
        let template = "{spinner} {pos} documents, {per_sec}, {elapsed}";
        self.bar.set_style(style(template));
        self.bar.set_position(done);
        self.bar.reset_eta();
    }

    /// The number of documents in all.
    pub fn set_total(&self, total: u64) {
        let template = "{wide_bar} {pos}/{len} documents, {per_sec}, {eta} left";
        self.bar.set_style(style(template));
        self.bar.set_length(total);
    }

    /// Says a line.
    pub fn say(&self, line: &str) {
        self.write(format!("{line}\n").as_bytes());
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn write(&self, bytes: &[u8]) {
        // Nobody is left to be told that standard error is closed.
        self.bar.suspend(|| {
            let _ = io::stderr().lock().write_all(bytes);
        });
    }

    /// Sends the log to this voice, and traces of `program` to their receiver where one is set.
    /// Once a process.
    ///
    /// # Errors
    /// [`TelemetryError`] where a setting cannot be.
    pub fn log(
        &self,
        program: &'static str,
        settings: (&LogSettings, &TraceSettings),
    ) -> Result<Telemetry, TelemetryError> {
        let ansi = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Telemetry::start(program, settings, (LogWriter(Arc::new(self.clone())), ansi))
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[derive(Debug, Clone)]
struct LogWriter(Arc<Voice>);

impl io::Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
