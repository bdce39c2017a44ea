fn main() {
    tonic_build::configure().build_server(false).compile_protos(&["proto/search.proto"], &["proto"]).unwrap();
}
