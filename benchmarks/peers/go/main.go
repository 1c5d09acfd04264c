// The service as Go's users write it, with net/http and pgx: how fast these two cores can be.
package main

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt"
	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
	"golang.org/x/crypto/argon2"
)

var (
	pool      *pgxpool.Pool
	secretKey = []byte(os.Getenv("SECRET_KEY"))

	errNoToken     = errors.New("no valid token")
	errForbidden   = errors.New("someone else's task")
	accessLifetime = 24 * time.Hour
)

type Task struct {
	ID          int64      `json:"id"`
	Title       string     `json:"title"`
	Description *string    `json:"description"`
	Priority    string     `json:"priority"`
	Status      string     `json:"status"`
	Deadline    *time.Time `json:"deadline"`
	CreatorID   int64      `json:"creatorId"`
	AssigneeID  *int64     `json:"assigneeId"`
	CreatedAt   time.Time  `json:"createdAt"`
	UpdatedAt   time.Time  `json:"updatedAt"`
}

type Cheat struct {
	ID          int64     `json:"id"`
	Title       string    `json:"title"`
	Notes       string    `json:"notes"`
	Code        string    `json:"code"`
	Language    *string   `json:"language"`
	PlatformIDs []int64   `json:"platformIds"`
	TopicIDs    []int64   `json:"topicIds"`
	OwnerID     int64     `json:"ownerId"`
	InBag       bool      `json:"inBag"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

type User struct {
	ID         int64     `json:"id"`
	Username   string    `json:"username"`
	Email      *string   `json:"email"`
	Role       string    `json:"role"`
	IsApproved bool      `json:"isApproved"`
	IsActive   bool      `json:"isActive"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt"`
}

type SignedIn struct {
	User         User   `json:"user"`
	AccessToken  string `json:"accessToken"`
	RefreshToken string `json:"refreshToken"`
	TokenType    string `json:"tokenType"`
	ExpiresIn    int    `json:"expiresIn"`
}

type claims struct {
	jwt.StandardClaims
	Kind string `json:"type"`
}

const taskColumns = `id, title, description, priority::text, status::text, deadline, creator_id, assignee_id,
	created_at, updated_at`

func scanTask(row pgx.Row) (task Task, err error) {
	err = row.Scan(&task.ID, &task.Title, &task.Description, &task.Priority, &task.Status, &task.Deadline,
		&task.CreatorID, &task.AssigneeID, &task.CreatedAt, &task.UpdatedAt)
	return task, err
}

const userColumns = `id, username, email, role::text, is_approved, is_active, created_at, updated_at`

func (user *User) fields() []any {
	return []any{&user.ID, &user.Username, &user.Email, &user.Role, &user.IsApproved, &user.IsActive,
		&user.CreatedAt, &user.UpdatedAt}
}

func newToken(userID int64, kind string, lifetime time.Duration) (string, error) {
	now := time.Now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		jwt.StandardClaims{
			Subject:   strconv.FormatInt(userID, 10),
			IssuedAt:  now.Unix(),
			ExpiresAt: now.Add(lifetime).Unix(),
		},
		kind,
	}).SignedString(secretKey)
}

func readToken(text, kind string) (int64, error) {
	var read claims
	parser := jwt.Parser{ValidMethods: []string{"HS256"}}
	_, err := parser.ParseWithClaims(text, &read, func(*jwt.Token) (any, error) { return secretKey, nil })
	if err != nil || read.Kind != kind {
		return 0, errNoToken
	}
	return strconv.ParseInt(read.Subject, 10, 64)
}

func authenticated(request *http.Request) (int64, error) {
	return readToken(strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer "), "access")
}

// isRight tells whether a password is the one of a hash like $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
func isRight(password, hash string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return false
	}
	var memory, rounds uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &rounds, &threads); err != nil {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	wanted, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false
	}
	found := argon2.IDKey([]byte(password), salt, rounds, memory, threads, uint32(len(wanted)))
	return subtle.ConstantTimeCompare(found, wanted) == 1
}

func answer(writer http.ResponseWriter, status int, value any, err error) {
	switch {
	case errors.Is(err, errNoToken):
		http.Error(writer, "unauthorized", http.StatusUnauthorized)
		return
	case errors.Is(err, errForbidden):
		http.Error(writer, "forbidden", http.StatusForbidden)
		return
	case errors.Is(err, pgx.ErrNoRows):
		http.Error(writer, "not found", http.StatusNotFound)
		return
	case err != nil:
		log.Print(err)
		http.Error(writer, "internal server error", http.StatusInternalServerError)
		return
	}
	body, err := json.Marshal(value)
	if err != nil {
		log.Print(err)
		http.Error(writer, "internal server error", http.StatusInternalServerError)
		return
	}
	writer.Header().Set("Content-Type", "application/json")
	writer.Header().Set("Content-Length", strconv.Itoa(len(body)))
	writer.WriteHeader(status)
	writer.Write(body)
}

func health(writer http.ResponseWriter, request *http.Request) {
	var one int
	err := pool.QueryRow(request.Context(), "SELECT 1").Scan(&one)
	answer(writer, http.StatusOK, map[string]any{"status": "ok", "database": map[string]any{"status": "ok"}}, err)
}

func signedIn(user User) (SignedIn, error) {
	access, err := newToken(user.ID, "access", accessLifetime)
	if err != nil {
		return SignedIn{}, err
	}
	refresh, err := newToken(user.ID, "refresh", 30*24*time.Hour)
	return SignedIn{user, access, refresh, "Bearer", int(accessLifetime.Seconds())}, err
}

func signIn(writer http.ResponseWriter, request *http.Request) {
	result, err := func() (SignedIn, error) {
		var given struct{ Username, Password string }
		if err := json.NewDecoder(request.Body).Decode(&given); err != nil {
			return SignedIn{}, err
		}
		var user User
		var hash string
		err := pool.QueryRow(request.Context(),
			"SELECT "+userColumns+", password_hash FROM users WHERE username_key = $1", strings.ToLower(given.Username),
		).Scan(append(user.fields(), &hash)...)
		if err != nil || !isRight(given.Password, hash) {
			return SignedIn{}, errNoToken
		}
		return signedIn(user)
	}()
	answer(writer, http.StatusOK, result, err)
}

func refresh(writer http.ResponseWriter, request *http.Request) {
	result, err := func() (SignedIn, error) {
		var given struct{ RefreshToken string }
		if err := json.NewDecoder(request.Body).Decode(&given); err != nil {
			return SignedIn{}, err
		}
		id, err := readToken(given.RefreshToken, "refresh")
		if err != nil {
			return SignedIn{}, err
		}
		var user User
		err = pool.QueryRow(request.Context(), "SELECT "+userColumns+" FROM users WHERE id = $1", id).
			Scan(user.fields()...)
		if err != nil {
			return SignedIn{}, err
		}
		return signedIn(user)
	}()
	answer(writer, http.StatusOK, result, err)
}

func listTasks(request *http.Request) ([]Task, error) {
	query := request.URL.Query()
	limit, offset := limits(query.Get("limit"), query.Get("page"))
	conditions, values := []string{"true"}, []any{}
	where := func(condition string, value any) {
		values = append(values, value)
		conditions = append(conditions, fmt.Sprintf(condition, len(values)))
	}
	if status := query.Get("status"); status != "" {
		where("status = ANY($%d::text[]::task_status[])", strings.Split(status, ","))
	}
	if priority := query.Get("priority"); priority != "" {
		where("priority = ANY($%d::text[]::task_priority[])", strings.Split(priority, ","))
	}
	if assignee := query.Get("assigneeId"); assignee != "" {
		id, err := strconv.ParseInt(assignee, 10, 64)
		if err != nil {
			return nil, pgx.ErrNoRows
		}
		where("assignee_id = $%d", id)
	}
	if words := query.Get("q"); words != "" {
		where("search_text LIKE $%d", "%"+strings.ToLower(words)+"%")
	}
	values = append(values, limit, offset)
	rows, err := pool.Query(request.Context(), fmt.Sprintf(
		"SELECT %s FROM tasks WHERE %s ORDER BY created_at DESC, id DESC LIMIT $%d OFFSET $%d",
		taskColumns, strings.Join(conditions, " AND "), len(values)-1, len(values),
	), values...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := []Task{}
	for rows.Next() {
		task, err := scanTask(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, task)
	}
	return found, rows.Err()
}

func limits(limit, page string) (int, int) {
	rows, err := strconv.Atoi(limit)
	if err != nil || rows < 1 || rows > 100 {
		rows = 20
	}
	number, err := strconv.Atoi(page)
	if err != nil || number < 1 {
		number = 1
	}
	return rows, (number - 1) * rows
}

func createTask(request *http.Request, userID int64) (Task, error) {
	given := struct {
		Title            string
		Description      *string
		Priority, Status string
	}{Priority: "medium", Status: "todo"}
	if err := json.NewDecoder(request.Body).Decode(&given); err != nil {
		return Task{}, err
	}
	key := strings.ToLower(given.Title)
	return scanTask(pool.QueryRow(request.Context(), `
		INSERT INTO tasks (id, title, title_key, description, search_text, priority, status, creator_id,
			created_at, updated_at, version)
		VALUES (nextval('task_ids'), $1, $2, $3, $4, $5::text::task_priority, $6::text::task_status, $7,
			now(), now(), 1)
		RETURNING `+taskColumns,
		given.Title, key, given.Description, searchText(key, given.Description), given.Priority, given.Status, userID))
}

func changeTask(request *http.Request, taskID, userID int64) (Task, error) {
	var given struct{ Title, Description, Priority, Status *string }
	if err := json.NewDecoder(request.Body).Decode(&given); err != nil {
		return Task{}, err
	}
	task, err := getTask(request.Context(), taskID)
	if err != nil {
		return Task{}, err
	}
	if task.CreatorID != userID && (task.AssigneeID == nil || *task.AssigneeID != userID) {
		return Task{}, errForbidden
	}
	if given.Title != nil {
		task.Title = *given.Title
	}
	if given.Description != nil {
		task.Description = given.Description
	}
	if given.Priority != nil {
		task.Priority = *given.Priority
	}
	if given.Status != nil {
		task.Status = *given.Status
	}
	key := strings.ToLower(task.Title)
	return scanTask(pool.QueryRow(request.Context(), `
		UPDATE tasks SET title = $2, title_key = $3, description = $4, search_text = $5,
			priority = $6::text::task_priority, status = $7::text::task_status, updated_at = now(),
			version = version + 1
		WHERE id = $1 RETURNING `+taskColumns,
		taskID, task.Title, key, task.Description, searchText(key, task.Description), task.Priority, task.Status))
}

func searchText(key string, description *string) string {
	if description == nil {
		return key + "\n"
	}
	return key + "\n" + strings.ToLower(*description)
}

func getTask(ctx context.Context, id int64) (Task, error) {
	return scanTask(pool.QueryRow(ctx, "SELECT "+taskColumns+" FROM tasks WHERE id = $1", id))
}

func tasks(writer http.ResponseWriter, request *http.Request) {
	userID, err := authenticated(request)
	if err != nil {
		answer(writer, 0, nil, err)
		return
	}
	if request.Method == http.MethodPost {
		task, err := createTask(request, userID)
		answer(writer, http.StatusCreated, task, err)
		return
	}
	found, err := listTasks(request)
	answer(writer, http.StatusOK, found, err)
}

func oneTask(writer http.ResponseWriter, request *http.Request) {
	userID, err := authenticated(request)
	if err != nil {
		answer(writer, 0, nil, err)
		return
	}
	id, err := strconv.ParseInt(strings.TrimPrefix(request.URL.Path, "/api/v1/tasks/"), 10, 64)
	if err != nil {
		answer(writer, 0, nil, pgx.ErrNoRows)
		return
	}
	var task Task
	if request.Method == http.MethodPatch {
		task, err = changeTask(request, id, userID)
	} else {
		task, err = getTask(request.Context(), id)
	}
	answer(writer, http.StatusOK, task, err)
}

func listCheats(request *http.Request, userID int64) ([]Cheat, error) {
	limit, _ := limits(request.URL.Query().Get("limit"), "")
	rows, err := pool.Query(request.Context(), `
		SELECT id, title, notes, code, language,
			ARRAY(SELECT platform_id FROM cheat_platforms WHERE cheat_id = cheats.id ORDER BY platform_id),
			ARRAY(SELECT topic_id FROM cheat_topics WHERE cheat_id = cheats.id ORDER BY topic_id),
			owner_id, EXISTS (SELECT FROM user_cheat WHERE cheat_id = cheats.id AND user_id = $1),
			created_at, updated_at
		FROM cheats ORDER BY created_at DESC, id DESC LIMIT $2`, userID, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := []Cheat{}
	for rows.Next() {
		var cheat Cheat
		err := rows.Scan(&cheat.ID, &cheat.Title, &cheat.Notes, &cheat.Code, &cheat.Language, &cheat.PlatformIDs,
			&cheat.TopicIDs, &cheat.OwnerID, &cheat.InBag, &cheat.CreatedAt, &cheat.UpdatedAt)
		if err != nil {
			return nil, err
		}
		found = append(found, cheat)
	}
	return found, rows.Err()
}

func cheats(writer http.ResponseWriter, request *http.Request) {
	userID, err := authenticated(request)
	if err != nil {
		answer(writer, 0, nil, err)
		return
	}
	found, err := listCheats(request, userID)
	answer(writer, http.StatusOK, found, err)
}

func main() {
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	config.MaxConns = 16
	if pool, err = pgxpool.ConnectConfig(context.Background(), config); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/health", health)
	http.HandleFunc("/api/v1/auth/login", signIn)
	http.HandleFunc("/api/v1/auth/refresh", refresh)
	http.HandleFunc("/api/v1/tasks", tasks)
	http.HandleFunc("/api/v1/tasks/", oneTask)
	http.HandleFunc("/api/v1/cheats", cheats)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
