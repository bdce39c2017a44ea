use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncMysqlConnection, RunQueryDsl};
use sea_orm::{ActiveModelTrait, Database, DatabaseConnection, EntityTrait, PaginatorTrait, Set, TransactionTrait};

mod cart {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, DeriveEntityModel)]
    #[sea_orm(table_name = "carts")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod schema {
    diesel::table! {
        use diesel::sql_types::*;

        orders (id) {
            id -> Integer,
            name -> Text,
        }
    }
    diesel::table! {
        #[sql_name = "mail"]
        mails (id) {
            id -> Integer,
        }
    }
}

async fn carts(db: &DatabaseConnection) {
    cart::Entity::find().all(db).await.unwrap();
    cart::Entity::find().paginate(db, 10).num_items().await.unwrap();
    let txn = db.begin().await.unwrap();
    cart::ActiveModel { name: Set("x".into()), ..Default::default() }.insert(&txn).await.unwrap();
    txn.commit().await.unwrap();
}

async fn orders(db: &mut AsyncMysqlConnection) {
    use schema::orders::dsl::*;
    orders.filter(id.gt(3)).load::<(i32, String)>(db).await.unwrap();
    diesel::update(orders.filter(id.eq(1))).set(name.eq("y")).execute(db).await.unwrap();
    schema::mails::table.count().get_result::<i64>(db).await.unwrap();
}

#[tokio::main]
async fn main() {
    carts(&Database::connect("postgres://pg/shop").await.unwrap()).await;
    orders(&mut AsyncMysqlConnection::establish("mysql://my/shop").await.unwrap()).await;
}
