//! Resolves `use` declarations, globs and re-exports, in rounds until nothing changes.

use super::{Def, Dependency, ModId, Program};

/// Chains of re-exports longer than this are not followed.
const ROUNDS: usize = 24;

/// What the name of a dependency stands for.
pub fn dependency(program: &Program<'_>, of: &Dependency) -> Def {
    match of {
        // A binary is declared before or after the library that it uses: its root is only known once both are there,
        // and targets are declared in order, so the root of crate n is looked up when it is used.
        Dependency::Local(id) => {
            program.crates.get(*id).map_or_else(|| Def::Extern("".into()), |of| Def::Module(of.root))
        }
        Dependency::Extern(name) => Def::Extern(name.clone()),
    }
}

/// Resolves all imports.
pub fn resolve_all(program: &mut Program<'_>) {
    let mut waiting: Vec<(ModId, &crate::extract::rust::tree::Import)> = Vec::new();
    for (id, module) in program.modules.iter_mut().enumerate() {
        waiting.extend(std::mem::take(&mut module.imports).into_iter().map(|import| (id, import)));
    }
    // `use store::migrate` may be a module at first, and a function of that name too once `store` has resolved `use migrate::migrate`.
    let mut modules = Vec::new();
    for round in 0..2 * ROUNDS {
        let before = waiting.len();
        let mut changed = false;
        let mut left = Vec::new();
        for (module, import) in waiting {
            let defs = program.import_defs(module, &import.path);
            if defs.is_empty() {
                left.push((module, import));
                continue;
            }
            changed = true;
            if import.name != "*" && matches!(defs[..], [Def::Module(_)]) {
                modules.push((module, import));
            }
            for def in defs {
                add(program, module, &import.name, def);
            }
        }
        for &(module, import) in &modules {
            for def in program.import_defs(module, &import.path) {
                changed |= add(program, module, &import.name, def);
            }
        }
        waiting = left;
        let settled = !changed && before == waiting.len() && round > 0;
        if waiting.is_empty() || (settled && program.guesses) {
            break;
        }
        program.guesses |= settled || round >= ROUNDS;
    }
    program.guesses = true;
}

/// Puts what an import stands for into its module. Whether that is new.
fn add<'a>(program: &mut Program<'a>, module: ModId, name: &'a str, def: Def) -> bool {
    let module = &mut program.modules[module];
    let known = match (name, &def) {
        ("_", _) => return false,
        ("*", Def::Module(_) | Def::Adt(_)) => &mut module.globs,
        ("*", _) => &mut module.outer_globs,
        _ => module.names.entry(name).or_default(),
    };
    if known.contains(&def) {
        return false;
    }
    known.push(def);
    true
}
