//! Generates gRPC code from the protos of the shop; protox reads them, so that no `protoc` is needed.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=../../proto");
    let files = protox::compile(PROTOS, ["../../proto"])?;
    tonic_prost_build::configure().compile_fds(files)?;
    Ok(())
}

const PROTOS: [&str; 2] = ["shop/cart/v1/cart.proto", "shop/price/v1/price.proto"];
