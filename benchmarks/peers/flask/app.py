"""The routes."""

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from flask import Flask, abort, jsonify, request
from flask.typing import ResponseReturnValue
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    decode_token,
    get_jwt_identity,
    jwt_required,
)
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select, text
from sqlalchemy.orm import selectinload

from benchmarks.peers.models import Base, Cheat, Task, User, user_cheat

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg2:")
app.config["JWT_SECRET_KEY"] = os.environ["SECRET_KEY"]
app.config["JWT_ACCESS_TOKEN_EXPIRES"] = timedelta(days=1)
db = SQLAlchemy(app, model_class=Base)
JWTManager(app)
passwords = PasswordHasher()


def task_json(task: Task) -> dict[str, Any]:
    return {
        "id": task.id,
        "title": task.title,
        "description": task.description,
        "priority": task.priority,
        "status": task.status,
        "deadline": task.deadline and task.deadline.isoformat(),
        "creatorId": task.creator_id,
        "assigneeId": task.assignee_id,
        "createdAt": task.created_at.isoformat(),
        "updatedAt": task.updated_at.isoformat(),
    }


def cheat_json(cheat: Cheat, bag: set[int]) -> dict[str, Any]:
    return {
        "id": cheat.id,
        "title": cheat.title,
        "notes": cheat.notes,
        "code": cheat.code,
        "language": cheat.language,
        "platformIds": [platform.id for platform in cheat.platforms],
        "topicIds": [topic.id for topic in cheat.topics],
        "ownerId": cheat.owner_id,
        "inBag": cheat.id in bag,
        "createdAt": cheat.created_at.isoformat(),
        "updatedAt": cheat.updated_at.isoformat(),
    }


def signed_in_json(user: User) -> dict[str, Any]:
    return {
        "user": {
            "id": user.id,
            "username": user.username,
            "email": user.email,
            "role": user.role,
            "isApproved": user.is_approved,
            "isActive": user.is_active,
            "createdAt": user.created_at.isoformat(),
            "updatedAt": user.updated_at.isoformat(),
        },
        "accessToken": create_access_token(identity=str(user.id)),
        "refreshToken": create_refresh_token(identity=str(user.id)),
        "tokenType": "Bearer",
        "expiresIn": int(app.config["JWT_ACCESS_TOKEN_EXPIRES"].total_seconds()),
    }


@app.get("/health")
def health() -> ResponseReturnValue:
    db.session.execute(text("SELECT 1"))
    return jsonify(status="ok", database={"status": "ok"})


@app.post("/api/v1/auth/login")
def sign_in() -> ResponseReturnValue:
    data = request.get_json()
    user = db.session.scalar(select(User).where(User.username_key == data["username"].lower()))
    if user is None:
        abort(401)
    try:
        passwords.verify(user.password_hash, data["password"])
    except VerifyMismatchError:
        abort(401)
    return jsonify(signed_in_json(user))


@app.post("/api/v1/auth/refresh")
def refresh() -> ResponseReturnValue:
    claims = decode_token(request.get_json()["refreshToken"])
    if claims["type"] != "refresh":
        abort(401)
    return jsonify(signed_in_json(db.get_or_404(User, int(claims["sub"]))))


@app.get("/api/v1/tasks/<int:task_id>")
@jwt_required()
def get_task(task_id: int) -> ResponseReturnValue:
    return jsonify(task_json(db.get_or_404(Task, task_id)))


@app.get("/api/v1/tasks")
@jwt_required()
def list_tasks() -> ResponseReturnValue:
    limit = min(request.args.get("limit", 20, int), 100)
    page = request.args.get("page", 1, int)
    query = select(Task).order_by(Task.created_at.desc(), Task.id.desc())
    if "status" in request.args:
        query = query.where(Task.status.in_(request.args["status"].split(",")))
    if "priority" in request.args:
        query = query.where(Task.priority.in_(request.args["priority"].split(",")))
    if "assigneeId" in request.args:
        query = query.where(Task.assignee_id == int(request.args["assigneeId"]))
    if "q" in request.args:
        query = query.where(Task.search_text.like(f"%{request.args['q'].lower()}%"))
    tasks = db.session.scalars(query.limit(limit).offset((page - 1) * limit))
    return jsonify([task_json(task) for task in tasks])


@app.post("/api/v1/tasks")
@jwt_required()
def create_task() -> ResponseReturnValue:
    data = request.get_json()
    now = datetime.now(UTC)
    task = Task(
        title=data["title"],
        description=data.get("description"),
        priority=data.get("priority", "medium"),
        status=data.get("status", "todo"),
        creator_id=int(get_jwt_identity()),
        created_at=now,
        updated_at=now,
    )
    task.keep_searchable()
    db.session.add(task)
    db.session.commit()
    return jsonify(task_json(task)), 201


@app.patch("/api/v1/tasks/<int:task_id>")
@jwt_required()
def change_task(task_id: int) -> ResponseReturnValue:
    data = request.get_json()
    task = db.get_or_404(Task, task_id)
    if int(get_jwt_identity()) not in {task.creator_id, task.assignee_id}:
        abort(403)
    for name in ("title", "description", "priority", "status"):
        if name in data:
            setattr(task, name, data[name])
    task.keep_searchable()
    task.updated_at = datetime.now(UTC)
    db.session.commit()
    return jsonify(task_json(task))


@app.get("/api/v1/cheats")
@jwt_required()
def list_cheats() -> ResponseReturnValue:
    limit = min(request.args.get("limit", 20, int), 100)
    query = (
        select(Cheat)
        .options(selectinload(Cheat.platforms), selectinload(Cheat.topics))
        .order_by(Cheat.created_at.desc(), Cheat.id.desc())
        .limit(limit)
    )
    cheats = db.session.scalars(query).all()
    in_bag = select(user_cheat.c.cheat_id).where(
        user_cheat.c.user_id == int(get_jwt_identity()),
        user_cheat.c.cheat_id.in_([cheat.id for cheat in cheats]),
    )
    bag = set(db.session.scalars(in_bag))
    return jsonify([cheat_json(cheat, bag) for cheat in cheats])
