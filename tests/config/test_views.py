"""The pages that belong to no app."""


def test_health_is_the_databases_answer(client, db):
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"database": "ok"}
