"""What a designer's browser asks for, and where to look in the answers."""


def upload(client, path, name: str, address: str = "/api/v1/templates", **fields: str):
    return client.post(address, files={"file": (name, path.read_bytes())}, data=fields)


def created(client, path, name: str) -> dict:
    answer = upload(client, path, name)
    assert answer.status_code == 201, answer.text
    return answer.json()


def review_of(client, template_id: str) -> dict:
    return client.get(f"/api/v1/templates/{template_id}/review").json()


def scene_of(review: dict, key: str) -> dict:
    return next(scene for scene in review["scenes"] if scene["key"] == key)


def element_of(review: dict, scene: str, key: str) -> dict:
    return next(element for element in scene_of(review, scene)["elements"] if element["key"] == key)
