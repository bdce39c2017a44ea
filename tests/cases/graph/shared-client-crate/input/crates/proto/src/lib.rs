pub mod price {
    pub mod v1 {
        tonic::include_proto!("shop.price.v1");
    }
}
pub mod stock {
    pub mod v1 {
        tonic::include_proto!("shop.stock.v1");
    }
}
