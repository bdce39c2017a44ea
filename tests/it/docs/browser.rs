//! The site in Debian's Chromium, without a screen: what a reader does is done by a script at the end of a copy of the page,
//! which writes down what it saw.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{pages, root};

/// Names under which distributions have the browser.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// What a reader does, and what it is to say: an object with an entry for each question.
const READER: &str = r##"
<script>
(async function () {
  const saw = {};
  const tick = () => new Promise((resolve) => setTimeout(resolve, 20));
  const shown = () => [...document.querySelectorAll("article")].filter((of) => getComputedStyle(of).display !== "none").map((of) => of.id);
  saw.errors = [];
  addEventListener("error", (event) => saw.errors.push(String(event.message)));
  saw.first = shown();
  location.hash = "#services/cart"; await tick();
  saw.page = shown(); saw.title = document.title;
  saw.current = [...document.querySelectorAll("nav [aria-current]")].map((of) => of.textContent);

  const diagram = document.querySelector("article.shown .diagram"), svg = diagram.querySelector("svg");
  const width = () => svg.viewBox.baseVal.width, whole = width();
  const buttons = [...diagram.querySelectorAll(".tools button")];
  buttons[0].click(); saw.closer = width() < whole;
  buttons[2].click(); saw.all = width() === whole;
  const stage = diagram.querySelector(".stage"), left = svg.viewBox.baseVal.x;
  const pointer = (type, of, x) => of.dispatchEvent(new PointerEvent(type, { bubbles: true, clientX: x, clientY: 10, button: 0 }));
  pointer("pointerdown", stage, 100); pointer("pointermove", window, 60); pointer("pointerup", window, 60);
  saw.moved = svg.viewBox.baseVal.x > left;
  stage.dispatchEvent(new KeyboardEvent("keydown", { key: "0" })); saw.back = svg.viewBox.baseVal.x === left;
  saw.boxes = svg.querySelectorAll(".box").length;
  saw.overlap = [...svg.querySelectorAll(".box")].some((a, at, all) => all.slice(at + 1).some((b) => {
    const [p, q] = [a.getBoundingClientRect(), b.getBoundingClientRect()];
    return p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1;
  }));
  saw.spills = [...svg.querySelectorAll(".box")].filter((box) => {
    const outer = box.querySelector("rect, path").getBoundingClientRect();
    return [...box.querySelectorAll("text")].some((text) => {
      const inner = text.getBoundingClientRect();
      return inner.left < outer.left - 1 || inner.right > outer.right + 1 || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
    });
  }).map((box) => box.dataset.key);
  saw.links = [...document.querySelectorAll('a[href^="#"]')].filter((of) => !document.getElementById(decodeURIComponent(of.getAttribute("href").slice(1)))).map((of) => of.getAttribute("href"));

  const search = document.getElementById("search");
  search.value = "SetItem"; search.dispatchEvent(new Event("input"));
  saw.hits = [...document.querySelectorAll("#hits a")].map((of) => of.getAttribute("href"));
  search.value = "no such word"; search.dispatchEvent(new Event("input"));
  saw.nothing = document.getElementById("hits").textContent;

  const paper = () => getComputedStyle(document.body).backgroundColor;
  const before = paper(); document.querySelector("[data-do=theme]").click(); saw.turned = before !== paper();
  saw.wide = document.documentElement.scrollWidth <= innerWidth;
  saw.asked = performance.getEntriesByType("resource").map((of) => of.name);
  document.body.innerHTML = ""; const out = document.createElement("pre"); out.id = "saw";
  out.textContent = JSON.stringify(saw); document.body.append(out);
})();
</script>
"##;

/// A page as the browser has it after its scripts have run.
fn dump(page: &Path) -> String {
    let profile = tempfile::tempdir().unwrap();
    let name = NAMES.iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    let name = name.expect("chromium is not there: install it (Debian: apt-get install chromium), as ./test does");
    let output = Command::new(name)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900"])
        .args(["--virtual-time-budget=4000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_reader_finds_his_way_through_the_site() {
    let folder = pages(&root().join("examples/shop"), "html");
    let page = folder.path().join("index.html");
    let text = fs::read_to_string(&page).unwrap();
    fs::write(&page, text.replace("</body>", &format!("{READER}</body>"))).unwrap();
    let dom = dump(&page);
    let (_, rest) = dom.split_once("<pre id=\"saw\">").unwrap_or_else(|| panic!("the script did not end: {dom}"));
    let saw = rest.split("</pre>").next().unwrap().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let saw: Value = serde_json::from_str(&saw).unwrap();
    let is = |name: &str, expected: Value| assert_eq!(saw[name], expected, "{name}: {saw:#}");
    is("errors", Value::Array(Vec::new()));
    is("first", serde_json::json!(["README"]));
    is("page", serde_json::json!(["services/cart"]));
    is("title", "cart".into());
    is("current", serde_json::json!(["cart"]));
    for name in ["closer", "all", "moved", "back", "turned", "wide"] {
        is(name, true.into());
    }
    is("overlap", false.into());
    is("spills", Value::Array(Vec::new()));
    is("links", Value::Array(Vec::new()));
    is("asked", Value::Array(Vec::new()));
    is("nothing", "Nothing found.".into());
    assert!(saw["boxes"].as_u64().unwrap() >= 5, "{saw:#}");
    assert_eq!(saw["hits"][0], "#services/cart", "{saw:#}");
}

#[test]
fn without_a_script_every_page_is_there() {
    let folder = pages(&root().join("examples/shop"), "html");
    let page = folder.path().join("index.html");
    let text = fs::read_to_string(&page).unwrap();
    let (head, rest) = text.split_once("<script>").unwrap();
    let ask = "<script>document.body.dataset.shown = [...document.querySelectorAll('article')]\
               .filter((of) => getComputedStyle(of).display !== 'none').length;</script>";
    fs::write(&page, format!("{head}{ask}{}", rest.split_once("</script>").unwrap().1)).unwrap();
    let dom = dump(&page);
    let articles = text.matches("<article id=").count();
    assert!(articles >= 8, "{articles}");
    assert!(dom.contains(&format!("data-shown=\"{articles}\"")), "{}", dom.split("<main>").next().unwrap());
}
