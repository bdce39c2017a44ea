//! Fields: what is read out of one, what flows into one, and the literals and constructors that fill them.

use std::sync::Arc;

use super::Slot;
use super::eval::Eval;
use super::pattern;
use super::settings::Filling;
use super::val::{self, Val, Variants};
use super::want::Want;
use crate::extract::rust::libraries::{self, Argument, LibraryCall};
use crate::extract::rust::names::{AdtId, derives};
use crate::extract::rust::tree::{self, Expr, Range};
use crate::extract::rust::types::Ty;
use crate::facts::Value;

impl<'a> Eval<'_, 'a> {
    /// A field of a value.
    pub(super) fn field(&mut self, base: &Val, name: &str) -> Val {
        if let Ok(index) = name.parse::<usize>()
            && (matches!(base.ty, Ty::Tuple(_)) || base.parts.is_some())
        {
            return pattern::element(base, index);
        }
        let mut result: Option<Val> = None;
        for ty in base.ty.alternatives() {
            if let Ty::Adt(adt, _) = ty
                && let Some((adt, inner)) = self.owner_of(*adt, ty, name)
            {
                let val = self.field_in(adt, None, name, &inner, base.from_outside);
                result = Some(match result {
                    Some(known) => known.join(&val),
                    None => val,
                });
            }
        }
        result.unwrap_or_default()
    }

    /// The type that has a field: itself, or what it dereferences to.
    pub(super) fn owner_of(&self, adt: AdtId, ty: &Ty, name: &str) -> Option<(AdtId, Ty)> {
        if self.program().adts[adt].fields.iter().any(|field| field.name == name) {
            return Some((adt, ty.clone()));
        }
        match self.context.deref_target(adt) {
            Some(target @ Ty::Adt(id, _)) if *id != adt => Some((*id, target.clone())),
            _ => None,
        }
    }

    /// A field of a value. What was read from outside holds what others put there: only where settings fill it, that is known.
    pub(super) fn field_in(
        &mut self,
        adt: AdtId,
        variant: Option<usize>,
        name: &str,
        owner: &Ty,
        from_outside: bool,
    ) -> Val {
        let mut val = self.field_of(adt, variant, name, owner);
        let unknown = || Value::Unknown("comes from outside".to_owned());
        if from_outside {
            val.from_outside = true;
            val.value = val.value.map(|value| if val::is_setting(&value) { value } else { unknown() });
        } else if self.is_message(adt) {
            // Of a message it is not known whether the code made it or received it.
            val.value = val.value.map(|value| value.or(unknown()));
        }
        val
    }

    /// A field of a type of the project: declared type, refined by what flows in.
    pub(super) fn field_of(&mut self, adt: AdtId, variant: Option<usize>, name: &str, owner: &Ty) -> Val {
        let of = &self.program().adts[adt];
        let fields = match variant {
            Some(index) => of.variants.get(index).map_or(&[][..], |variant| &variant.fields),
            None => of.fields,
        };
        let Some(index) = fields.iter().position(|field| field.name == name) else { return Val::default() };
        let mut ty = match variant {
            Some(_) => self.program().ty(&self.program().scope_of_adt(adt), &fields[index].of),
            None => self.context.fields(adt)[index].clone(),
        };
        if let Ty::Adt(owner, arguments) = owner
            && *owner == adt
            && !arguments.is_empty()
        {
            ty = ty.substitute(&of.generics.parameters, arguments);
        }
        let key = slot_name(of, variant, name);
        let known = self.read(Slot::Field(adt, key));
        let val = self.declared(&ty, known);
        // What is filled from outside can be any variant, whatever the code itself puts there.
        let filled = ["Deserialize", "Parser", "Args", "FromRow"].iter().any(|name| derives(of.attributes, name));
        if filled { Val { variants: None, ..val } } else { val }
    }

    /// Whether a type of the project is a message that prost generated.
    #[must_use]
    pub fn is_message(&self, adt: usize) -> bool {
        derives(self.program().adts[adt].attributes, "Message")
    }

    /// A value flows into a field.
    pub(super) fn flow_field(&mut self, owner: &Ty, name: &str, val: &Val) {
        for ty in owner.alternatives() {
            if let Ty::Adt(adt, _) = ty {
                let val = self.outward(val);
                self.tell_presence(*adt, name, &val);
                self.out.flows.push((Slot::Field(*adt, name.into()), val));
            }
        }
    }

    pub(super) fn struct_expr(
        &mut self,
        path: &'a tree::Path,
        fields: &'a [(String, Expr)],
        base: Option<&'a Expr>,
        want: &Want,
    ) -> Val {
        let Some((adt, variant)) = self.pattern_adt(path) else {
            return self.foreign_struct(path, fields, base, want);
        };
        if let Some(base) = base {
            self.expr(base, &Want::default());
        }
        self.make(adt);
        let of = &self.program().adts[adt];
        let mut arguments: Vec<Ty> = of.generics.parameters.iter().map(|_| Ty::Unknown).collect();
        let declared_fields = variant.map_or(of.fields, |index| &of.variants[index].fields);
        let scope = self.program().scope_of_adt(adt);
        for (name, value) in fields {
            let declared = declared_fields
                .iter()
                .find(|field| field.name == *name)
                .map(|field| self.program().ty(&scope, &field.of));
            let val = self.expr(value, &Want { failure: want.failure, expected: declared.clone() });
            self.tell(value, declared.as_ref());
            if let Some(Ty::Bound(parameter, _)) = &declared
                && let Some(index) = of.generics.parameters.iter().position(|(known, _)| **known == **parameter)
            {
                arguments[index] = val.ty.clone();
            }
            let key = slot_name(of, variant, name);
            let val = self.outward(&val);
            if variant.is_none() {
                self.tell_presence(adt, name, &val);
            }
            self.out.flows.push((Slot::Field(adt, key), val));
        }
        Val { variants: variant.map(|index| Variants::one(adt, index)), ..Val::of(Ty::Adt(adt, arguments.into())) }
    }

    /// A literal of a type of others: it holds what its fields hold, and what they are given is what their setters would be
    /// given.
    pub(super) fn foreign_struct(
        &mut self,
        path: &'a tree::Path,
        fields: &'a [(String, Expr)],
        base: Option<&'a Expr>,
        want: &Want,
    ) -> Val {
        let owner = self.program().ty(&self.scope, &tree::Type::Path(path.clone()));
        let expected = Want { failure: want.failure, expected: Some(owner.clone()) };
        let base = base.map(|base| self.expr(base, &expected)).unwrap_or_default();
        let mut arguments = Vec::new();
        for (name, value) in fields {
            let argument = self.argument(value, &[], want);
            arguments.push(Argument { name: Some(name.clone()), ..argument });
        }
        let mut call = LibraryCall {
            owner: owner.clone(),
            name: libraries::LITERAL.to_owned(),
            receiver: None,
            arguments,
            generics: Vec::new(),
            at: Range::default(),
            want: want.clone(),
        };
        if let Some(val) = libraries::apply_literal(self, &mut call) {
            return val;
        }
        let mut all = Val { clients: base.clients, build: base.build, ..Val::of(owner) };
        for ((name, value), argument) in fields.iter().zip(call.arguments) {
            self.steps(argument.steps);
            for spec in &argument.val.clients {
                all.add_client(spec.clone());
            }
            let receiver = Argument { val: all.clone(), ..Argument::default() };
            if let Some(set) = libraries::field(self, receiver, name, argument.val, value.at) {
                all = set;
            }
        }
        all
    }

    /// A tuple struct or variant made.
    pub(super) fn construct(&mut self, adt: usize, variant: Option<usize>, arguments: &'a [Expr], want: &Want) -> Val {
        self.make(adt);
        let of = &self.program().adts[adt];
        let scope = self.program().scope_of_adt(adt);
        let fields = variant.map_or(of.fields, |index| &of.variants[index].fields);
        let mut generics: Vec<Ty> = of.generics.parameters.iter().map(|_| Ty::Unknown).collect();
        for (index, argument) in arguments.iter().enumerate() {
            let declared = fields.get(index).map(|field| self.program().ty(&scope, &field.of));
            let val = self.expr(argument, &Want { failure: want.failure, expected: declared.clone() });
            if let Some(Ty::Bound(parameter, _)) = &declared
                && let Some(position) = of.generics.parameters.iter().position(|(known, _)| **known == **parameter)
            {
                generics[position] = val.ty.clone();
            }
            let name = slot_name(of, variant, &index.to_string());
            let val = self.outward(&val);
            if variant.is_none() {
                self.tell_presence(adt, &name, &val);
            }
            self.out.flows.push((Slot::Field(adt, name), val));
        }
        Val { variants: variant.map(|index| Variants::one(adt, index)), ..Val::of(Ty::Adt(adt, generics.into())) }
    }

    /// An associated function that a derive macro wrote: it makes the type, from outside or from defaults.
    pub(super) fn derived(&mut self, adt: usize, name: &str) -> Val {
        let of = &self.program().adts[adt];
        let ty = Ty::Adt(adt, Arc::new([]));
        let filling = match name {
            "parse" | "try_parse" | "parse_from" | "try_parse_from" | "from_args"
                if derives(of.attributes, "Parser")
                    || derives(of.attributes, "StructOpt")
                    || derives(of.attributes, "Args") =>
            {
                Some(Filling { reader: "clap", ..Filling::default() })
            }
            "init_from_env" | "init" | "from_env"
                if derives(of.attributes, "Envconfig") || derives(of.attributes, "Config") =>
            {
                Some(Filling { reader: "envconfig", variables: true, ..Filling::default() })
            }
            _ => None,
        };
        if let Some(filling) = filling {
            return self.fill(&ty, &filling);
        }
        self.make_all(adt, 0);
        Val::of(ty)
    }

    /// Marks a type as made, and those of its fields: a derived `Default` makes them too.
    pub(super) fn make_all(&mut self, adt: usize, depth: usize) {
        self.make(adt);
        if depth > 3 {
            return;
        }
        let scope = self.program().scope_of_adt(adt);
        for field in self.program().adts[adt].fields {
            if let Ty::Adt(inner, _) = self.program().ty(&scope, &field.of)
                && inner != adt
            {
                self.make_all(inner, depth + 1);
            }
        }
    }
}

/// The name of a field's slot: fields of variants carry the variant's name.
pub(super) fn slot_name(of: &crate::extract::rust::names::Adt<'_>, variant: Option<usize>, name: &str) -> Arc<str> {
    match variant.and_then(|index| of.variants.get(index)) {
        Some(variant) => format!("{}.{name}", variant.name).into(),
        None => name.into(),
    }
}
