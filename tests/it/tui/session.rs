//! A whole review in a real terminal: `tmux` draws, keys are sent, what stands on the screen is read back.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long is waited for something to stand on the screen: the review of the example, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(90);

/// A terminal with the program in it.
struct Session {
    socket: PathBuf,
    _folder: tempfile::TempDir,
    project: PathBuf,
}

impl Session {
    /// Opens the program on a copy of the example, as a shell would: when it ends, the shell says so.
    fn open(arguments: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("shop");
        copy(&super::shop(), &project);
        let session = Self { socket: folder.path().join("tmux"), _folder: folder, project };
        let program = env!("CARGO_BIN_EXE_loadpath");
        let cache = session.socket.with_file_name("cache");
        let shell = format!(
            "cd '{}' && LOADPATH_CACHE_DIR='{}' EDITOR='tail -n 2' '{program}' {arguments}; echo ended with $?; stty -a | grep -o ' -\\?icanon'; cat",
            session.project.display(),
            cache.display()
        );
        session.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-s",
            "it",
            "-x",
            "120",
            "-y",
            "40",
            "sh",
            "-c",
            &shell,
        ]);
        session
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux").arg("-S").arg(&self.socket).args(arguments).output();
        let output = output.expect("tmux is there: the script `test` installs it");
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-t", "it"])
    }

    /// Sends keys, then waits until words stand on the screen.
    fn press(&self, keys: &[&str], words: &str) -> String {
        for key in keys {
            self.tmux(&["send-keys", "-t", "it", key]);
            // A terminal cannot tell escape and a key from alt and that key but by time.
            if *key == "Escape" {
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        self.wait(words)
    }

    fn write(&self, words: &str) {
        self.tmux(&["send-keys", "-t", "it", "-l", words]);
    }

    /// Until words stand on the screen and nothing more is painted: it may be read in the midst of a frame.
    fn wait(&self, words: &str) -> String {
        let began = Instant::now();
        let mut before = String::new();
        loop {
            let screen = self.screen();
            if screen.contains(words) && screen == before {
                return screen;
            }
            assert!(began.elapsed() < PATIENCE, "`{words}` does not come up:\n{screen}");
            before = screen;
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = Command::new("tmux").arg("-S").arg(&self.socket).arg("kill-server").output();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_name() == "target" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_review_from_the_first_look_to_a_suppression() {
    // Plain `loadpath` on a terminal opens it.
    let session = Session::open("");
    session.wait("6 services");
    // From a finding to its evidence, to the node, to the article, to the decision, and back.
    session.press(&["4", "/"], "enter keeps it");
    session.write("without a deadline");
    let page = session.press(&["Enter", "j", "Enter"], "fingerprint");
    assert!(page.contains("cart calls price without a deadline") && page.contains("prices.rs"), "{page}");
    session.press(&["e"], "cart calls price");
    session.press(&["a"], "Context and Problem Statement");
    session.press(&["BSpace"], "fingerprint");
    session.press(&["f"], "depend on it (");
    session.press(&["x"], "written: loadpath-cart.svg");
    let picture = std::fs::read_to_string(session.project.join("loadpath-cart.svg")).unwrap();
    assert!(picture.starts_with("<svg"), "{picture}");
    // What it hangs on.
    session.press(&["8", "/"], "enter keeps it");
    session.write("price");
    session.press(&["Enter", "g", "d"], "price is down");
    // Accepted with a reason, after the difference was shown; the file is watched, and the finding goes.
    session.press(&["Escape", "4", "Escape", "/"], "enter keeps it");
    session.write("without a deadline");
    session.press(&["Enter", "j", "s"], "accept it, because");
    session.write("the old client goes in May");
    let difference = session.press(&["Enter"], "write this?");
    assert!(difference.contains("+   - rule: timeout/grpc-client-no-deadline"), "{difference}");
    session.press(&["y"], "1 accepted");
    let written = std::fs::read_to_string(session.project.join("loadpath.yaml")).unwrap();
    let before = std::fs::read_to_string(super::shop().join("loadpath.yaml")).unwrap_or_default();
    assert!(written.starts_with(before.trim_end()) && written.contains("goes in May"), "{written}");
    // A change from outside is seen.
    std::fs::write(session.project.join("loadpath.yaml"), before).unwrap();
    session.press(&["Escape"], "8E");
    // The terminal is as it was.
    session.press(&["q"], "ended with 0");
    session.wait(" icanon");
}

#[test]
fn resize_suspend_and_release_of_the_mouse() {
    let session = Session::open("tui --no-watch");
    session.wait("6 services");
    session.tmux(&["resize-window", "-t", "it", "-x", "80", "-y", "24"]);
    session.press(&["4"], "DATABASE_URL");
    session.press(&["%"], "it selects text");
    session.press(&["%"], "the mouse selects here");
    session.press(&["t"], "theme: light");
    session.press(&["q"], "ended with 0");
}

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_that_goes_takes_the_program_with_it() {
    let session = Session::open("tui --no-watch");
    session.wait("6 services");
    let shell = session.tmux(&["display-message", "-p", "-t", "it", "#{pane_pid}"]).trim().to_owned();
    let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
    let program = PathBuf::from(format!("/proc/{}", children.split_whitespace().next().unwrap()));
    assert!(program.exists());
    session.tmux(&["kill-server"]);
    let began = Instant::now();
    while program.exists() {
        assert!(began.elapsed() < PATIENCE, "it goes on without its terminal");
        std::thread::sleep(Duration::from_millis(30));
    }
}
