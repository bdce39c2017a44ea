pub mod price {
    pub mod v1 {
        tonic::include_proto!("shop.price.v1");
    }
}
pub mod user {
    pub mod v1 {
        tonic::include_proto!("shop.user.v1");
    }
}
