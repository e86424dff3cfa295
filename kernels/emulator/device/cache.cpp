// How far back the bytes that a launch touches were touched before: what was touched since, with
// all that the launch itself touches, is what a cache must hold for them to be still in it. Each
// stream has a line of its own, as if it had the cache for itself.
#include <algorithm>
#include <list>

#include "emu.h"

namespace emu {

constexpr double MB = 1 << 20;

// What was touched, latest first, each byte once.
static std::map<void *, std::list<Piece>> &lines = *new std::map<void *, std::list<Piece>>;

void Near::add(double distance, double bytes) {
    for (int i = 0; i < REACHES; i++)
        if (distance <= REACH_MB[i] * MB) within[i] += bytes;
}

// Takes what `operands` touch out of `piece`: what is left of it, and how many bytes that were.
static std::list<Piece> without(const Piece &piece, const std::vector<Piece> &operands,
                                double &touched) {
    std::list<Piece> left{piece};
    for (const Piece &operand : operands) {
        for (auto each = left.begin(); each != left.end();) {
            Ptr from = std::max(each->from, operand.from), to = std::min(each->to, operand.to);
            if (from >= to) {
                ++each;
                continue;
            }
            touched += (double)(to - from);
            if (each->from < from) left.insert(each, {each->from, from});
            if (to < each->to) left.insert(each, {to, each->to});
            each = left.erase(each);
        }
    }
    return left;
}

void touch(void *stream, const std::vector<Piece> &operands, Near &near) {
    std::list<Piece> &line = lines[stream], before = std::move(line);
    double since = 0;
    // One that is given twice counts once.
    line.clear();
    for (const Piece &operand : operands) {
        double again = 0;
        line.splice(line.end(), without(operand, {line.begin(), line.end()}, again));
    }
    for (const Piece &piece : line) since += (double)(piece.to - piece.from);
    for (const Piece &piece : before) {
        if (since > REACH_MB[REACHES - 1] * MB) break;
        double touched = 0;
        std::list<Piece> left = without(piece, operands, touched);
        near.add(since, touched);
        for (const Piece &other : left) since += (double)(other.to - other.from);
        line.splice(line.end(), left);
    }
}

}  // namespace emu
