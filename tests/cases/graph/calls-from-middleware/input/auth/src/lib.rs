pub mod pb {
    tonic::include_proto!("shop.auth.v1");
}
