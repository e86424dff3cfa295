"""Uses the demo's review server as the page does, and says what it found.

usage: demo_review.py ADDRESS CASES < TOKEN

Signs in with the token, counts the cases that wait (there must be CASES), takes the first one,
fetches the picture of its page and gives it back. Exit code 1 where something is not as it should.
"""
import http.client
import json
import sys

# Cases of a page of the list.
LIMIT = 200


class Server:
    def __init__(self, address):
        self.address = address
        self.headers = {"content-type": "application/json"}

    def ask(self, method, path, body=None):
        """The status, the headers and the bytes of an answer."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            connection.request(method, path, body and json.dumps(body), self.headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def must(self, method, path, body=None):
        status, headers, content = self.ask(method, path, body)
        if status // 100 != 2:
            told = content.decode(errors="replace")[:300]
            sys.exit(f"error: {method} {path} was answered with {status}: {told}")
        is_json = headers.get("content-type") == "application/json"
        return headers, json.loads(content) if is_json else content


def sign_in(server, token):
    if server.ask("GET", "/v1/cases")[0] != 401:
        sys.exit("error: the review server tells strangers what waits")
    headers, session = server.must("POST", "/v1/session", {"token": token})
    server.headers["cookie"] = headers["set-cookie"].split(";")[0]
    server.headers["x-csrf-token"] = session["csrf"]
    return session["reviewer"]


def listed(server):
    """How many cases are open, page by page."""
    count, path = 0, f"/v1/cases?state=open&limit={LIMIT}"
    while True:
        page = server.must("GET", path)[1]
        count += len(page["cases"])
        if "next" not in page:
            return count
        path = f"/v1/cases?state=open&limit={LIMIT}&cursor={page['next']}"


def look_at_one(server):
    """Takes a case, looks at its first page, and gives it back."""
    case = server.must("POST", "/v1/cases/claim", {"order": "due"})[1]
    path = f"/v1/tenants/{case['tenant_id']}/cases/{case['case_id']}"
    page = server.must("GET", f"{path}/pages")[1]["pages"][0]
    picture = server.must("GET", f"{path}/pages/{page['page']}")[1]
    if not picture.startswith(b"\xff\xd8"):
        sys.exit(f"error: the page of {case['document_id']} is no picture")
    server.must("DELETE", f"{path}/lease?fence={case['fence']}")
    return f"{case['document_id']} shows its page of {page['width']} x {page['height']} pixels"


def main():
    address, expected = sys.argv[1], int(sys.argv[2])
    server = Server(address)
    reviewer = sign_in(server, sys.stdin.readline().strip())
    told = server.must("GET", "/v1/statistics")[1]["waiting"]["open"]
    found = listed(server)
    if not found == told == expected:
        sys.exit(f"error: {expected} cases are stored, {told} counted and {found} listed")
    looked = look_at_one(server) if expected else "there is none to be shown"
    if b"<title>Review</title>" not in server.must("GET", "/")[1]:
        sys.exit("error: the page is not there")
    print(f"{reviewer} signed in; {found} cases wait, as many as are stored; {looked}",
          file=sys.stderr)


if len(sys.argv) != 3:
    sys.exit(__doc__)
main()
