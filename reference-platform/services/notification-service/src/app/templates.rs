//! Words, which operators set.

use social_auth::{Caller, OPERATOR};
use social_proto::notification::v1::{
    DeleteTemplateRequest, DeleteTemplateResponse, ListTemplatesRequest, ListTemplatesResponse, PutTemplateRequest,
    PutTemplateResponse,
};
use social_runtime::Error;

use super::{App, input};
use crate::convert;
use crate::domain::locale;

impl App {
    /// Sets the words for one kind and language.
    pub async fn put_template(
        &self,
        caller: &Caller,
        request: PutTemplateRequest,
    ) -> Result<PutTemplateResponse, Error> {
        caller.require_scope(OPERATOR)?;
        let template = input::put_template(&request)?;
        self.store.put_template(&template).await?;
        Ok(PutTemplateResponse { template: Some(convert::template(template)) })
    }

    /// A page of templates.
    pub async fn list_templates(
        &self,
        caller: &Caller,
        request: ListTemplatesRequest,
    ) -> Result<ListTemplatesResponse, Error> {
        caller.require_scope(OPERATOR)?;
        let page = input::list_templates(&request)?;
        let mut found = self.store.templates(page.kind, &page.after, page.size as i64 + 1).await?;
        let more = found.len() > page.size;
        found.truncate(page.size);
        let next_page_token = match found.last() {
            Some(last) if more => page.query.token(&(last.kind, &last.locale)),
            _ => String::new(),
        };
        Ok(ListTemplatesResponse { templates: found.into_iter().map(convert::template).collect(), next_page_token })
    }

    /// Deletes the words for one kind and language. Those that are not there are deleted already.
    pub async fn delete_template(
        &self,
        caller: &Caller,
        request: DeleteTemplateRequest,
    ) -> Result<DeleteTemplateResponse, Error> {
        caller.require_scope(OPERATOR)?;
        let (kind, locale) = input::delete_template(&request)?;
        if locale == locale::DEFAULT {
            return Err(Error::failed_precondition("the words in English stand in for all other languages"));
        }
        self.store.delete_template(kind, &locale).await?;
        Ok(DeleteTemplateResponse {})
    }
}
