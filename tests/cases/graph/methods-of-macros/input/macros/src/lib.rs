use proc_macro::TokenStream;
use quote::quote;

#[proc_macro_derive(Dispatch)]
pub fn dispatch(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    let name = &input.ident;
    let syn::Data::Enum(data) = &input.data else { panic!("an enum") };
    let mut arms = Vec::new();
    for variant in &data.variants {
        let variant = &variant.ident;
        arms.push(quote! { #name::#variant(arguments) => arguments.run().await, });
    }
    quote! {
        impl crate::Dispatch for #name {
            async fn dispatch(self) {
                match self { #(#arms)* }
            }
        }
    }
    .into()
}
