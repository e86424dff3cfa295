//! Keeps Tesseract to the thread that calls it.
//!
//! Its network is computed with OpenMP, by four threads a line that wait for one another more than
//! they compute; lines are read side by side anyway. OpenMP takes its limit from the environment
//! before a program's first own statement, so a program must be started with it.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Where OpenMP looks for the most threads that it may use.
const VARIABLE: &str = "OMP_THREAD_LIMIT";

/// Starts the program anew, in the same process, with `OMP_THREAD_LIMIT=1` where the variable is
/// not set; else, or where that fails, it comes back. To be called before anything else is done:
/// whatever the program has opened, read or started by then is lost.
pub fn limit_threads() {
    if !cfg!(feature = "tesseract") || std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let mut arguments = std::env::args_os();
    let (Some(name), Ok(program)) = (arguments.next(), std::env::current_exe()) else { return };
    let error = Command::new(program).arg0(name).args(arguments).env(VARIABLE, "1").exec();
    tracing::warn!(%error, "the second reader is slow: start the program with {VARIABLE}=1");
}

#[cfg(all(test, feature = "tesseract"))]
mod tests {
    use super::*;

    /// Set where this test runs as the program that is started.
    const STARTED: &str = "IVENDOR_TEST_STARTED";

    #[test]
    fn a_program_starts_anew_with_the_limit_once() {
        if std::env::var_os(STARTED).is_some() {
            limit_threads();
            assert_eq!(std::env::var(VARIABLE).as_deref(), Ok("1"));
            return;
        }
        let this = "second::threads::tests::a_program_starts_anew_with_the_limit_once";
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args(["--exact", this]).env(STARTED, "1").env_remove(VARIABLE);
        let output = program.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
}
