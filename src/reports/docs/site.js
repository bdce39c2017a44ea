// One page at a time, and a search over all of them.
(function () {
  const main = document.querySelector(".site main");
  const articles = [...main.querySelectorAll("article")];
  const links = [...document.querySelectorAll(".site nav .pages a")];
  main.classList.add("one");
  function show() {
    const wanted = decodeURIComponent(location.hash.slice(1));
    const shown = articles.find((article) => article.id === wanted) || articles[0];
    for (const article of articles) article.classList.toggle("shown", article === shown);
    for (const link of links) {
      if (decodeURIComponent(link.hash.slice(1)) === shown.id) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.title = shown.querySelector("h1").textContent;
    scrollTo(0, 0);
  }
  addEventListener("hashchange", show);
  show();

  const search = document.getElementById("search"), hits = document.getElementById("hits");
  // What can be found: titles, headings, sentences, rows. The words of pictures stand in the rows as well.
  const entries = articles.flatMap((article) => {
    const title = article.querySelector("h1").textContent;
    return [...article.querySelectorAll("h1, h2, p, li, tr, .own")].map((of) => {
      const cells = of.tagName === "TR" ? [...of.cells].map((cell) => cell.textContent).join(" · ") : of.textContent;
      const text = cells.replace(/\s+/g, " ").trim();
      return { id: article.id, of, title, text, lower: text.toLowerCase(), weight: { H1: 0, H2: 1 }[of.tagName] ?? 2 };
    });
  });
  search.addEventListener("input", () => {
    const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    hits.replaceChildren();
    if (words.length === 0) return;
    const found = entries.filter((entry) => words.every((word) => entry.lower.includes(word)))
      .sort((a, b) => a.weight - b.weight).slice(0, 20);
    for (const entry of found) {
      const item = document.createElement("li"), link = document.createElement("a"), name = document.createElement("b");
      link.href = "#" + entry.id;
      name.textContent = entry.title;
      const at = Math.max(0, entry.lower.indexOf(words[0]) - 30);
      const text = document.createElement("span");
      text.textContent = (at > 0 ? "…" : "") + entry.text.slice(at, at + 110);
      link.append(name, text);
      link.addEventListener("click", () => setTimeout(() => entry.of.scrollIntoView({ block: "center" })));
      item.append(link);
      hits.append(item);
    }
    if (found.length === 0) {
      const item = document.createElement("li");
      item.textContent = "Nothing found.";
      hits.append(item);
    }
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement.tagName !== "INPUT") { event.preventDefault(); search.focus(); }
    if (event.key === "Escape" && document.activeElement === search) { search.value = ""; hits.replaceChildren(); search.blur(); }
  });
})();
