pub struct Client;

impl Client {
    pub fn open(_url: &str) -> Result<Self, ()> {
        Ok(Self)
    }

    pub async fn get(&self, _key: &str) -> Option<String> {
        None
    }
}
