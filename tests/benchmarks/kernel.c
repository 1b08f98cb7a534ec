/* The compiled day step of sim/engine written again in C: same matrices, same arithmetic, same order of sums.

   It exists to tell how far the day step is from what a C compiler reaches, so it is plain C over plain
   pointers. The numbers of the rows come from sim/engine/rows.py: the benchmark writes them into rows.h. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "rows.h"

typedef double F;
typedef int64_t I;

/* The matrices of a State, each with its number of columns, then the records of a run. */
typedef struct {
    F *processes; I *process_ints; F *inputs; I *input_ints; F *stocks; I *stock_ints; F *links; I *link_ints;
    F *demands; I *demand_ints; F *pools; I *pool_ints; F *ring; F *line; F *receipts; F *lead_cdf;
    F *options; I *flags;
    F *starts, *output, *finished, *capacity; I *limiting; F *stock, *order, *expired, *shipped, *credit, *served, *unmet;
    F *profile; uint64_t *streams;
    I n_processes, n_inputs, n_stocks, n_links, n_demands, n_pools, horizon, line_length, lead_width;
    I n_profiles, kept, kept_fully, replication;
} World;

#define PROCESS(row) (w->processes + (row) * w->n_processes)
#define PROCESS_INT(row) (w->process_ints + (row) * w->n_processes)
#define INPUT(row) (w->inputs + (row) * w->n_inputs)
#define INPUT_INT(row) (w->input_ints + (row) * w->n_inputs)
#define STOCKS(row) (w->stocks + (row) * w->n_stocks)
#define STOCK_INT(row) (w->stock_ints + (row) * w->n_stocks)
#define LINK(row) (w->links + (row) * w->n_links)
#define LINK_INT(row) (w->link_ints + (row) * w->n_links)
#define DEMANDS(row) (w->demands + (row) * w->n_demands)
#define DEMAND_INT(row) (w->demand_ints + (row) * w->n_demands)
#define POOLS(row) (w->pools + (row) * w->n_pools)

#define SLACK 1e-9
#define DUST 1e-6
#define PROBE 0.01
#define CLASSES 10
#define BY_DEMAND (-1)
#define BY_CAPACITY (-2)

static inline F least(F a, F b) { return b < a ? b : a; }
static inline F most(F a, F b) { return b > a ? b : a; }

/* chance ------------------------------------------------------------------------------------- */

static F keyed_uniform(uint64_t stream, uint64_t replication, uint64_t count)
{
    uint64_t c0 = count + 1, c1 = 0, c2 = 0, c3 = 0, k0 = stream, k1 = replication;
    for (int round = 0; round < 10; round++) {
        unsigned __int128 x = (unsigned __int128)0xD2E7470EE14C6C93ULL * c0;
        unsigned __int128 y = (unsigned __int128)0xCA5A826395121157ULL * c2;
        uint64_t next0 = (uint64_t)(y >> 64) ^ c1 ^ k0, next2 = (uint64_t)(x >> 64) ^ c3 ^ k1;
        c1 = (uint64_t)y, c3 = (uint64_t)x, c0 = next0, c2 = next2;
        k0 += 0x9E3779B97F4A7C15ULL, k1 += 0xBB67AE8584CAA73BULL;
    }
    return (F)(c0 >> 11) * 0x1p-53;
}

static I draw_lead(const World *w, I row, F u)
{
    const F *table = w->lead_cdf + row * w->lead_width;
    I lead = 0;
    while (table[lead] <= u) lead++;
    return lead;
}

/* steps 1 and 2: arrivals and expiry ----------------------------------------------------------- */

static void arrive(World *w, I t)
{
    F *today = w->ring + t % w->horizon * w->n_links;
    F *stock = STOCKS(STOCK), *transit = STOCKS(TRANSIT), *matured = STOCKS(MATURED), *late = STOCKS(LATE);
    F *used = STOCKS(USED), *expired = STOCKS(EXPIRED);
    const I *lives = STOCK_INT(LIFE), *first = STOCK_INT(LINK_FIRST), *last = STOCK_INT(LINK_LAST);
    const I *ages = LINK_INT(AGE);
    for (I s = 0; s < w->n_stocks; s++) {
        I life = lives[s], place = 0;
        F *receipts = w->receipts + STOCK_INT(LIFE_FIRST)[s];
        if (life > 0) {
            place = t % life;
            matured[s] += receipts[place];
            receipts[place] = late[s];
            late[s] = 0.0;
        }
        F arrived = 0.0;
        for (I l = first[s]; l < last[s]; l++) {
            F amount = today[l];
            if (amount > 0.0) {
                today[l] = 0.0;
                arrived += amount;
                I age = ages[l];
                if (life > 0 && age >= life) matured[s] += amount;
                else if (life > 0) receipts[place - age + (age > place ? life : 0)] += amount;
            }
        }
        stock[s] += arrived;
        transit[s] -= arrived;
        if (life > 0) {
            F old = least(matured[s] - used[s] - expired[s], stock[s]);
            if (old > 0.0) stock[s] -= old, expired[s] += old;
        }
    }
}

/* step 3: the split of orders ------------------------------------------------------------------ */

static void bound_links(World *w)
{
    F *bound = LINK(BOUND), *extra_ordered = LINK(EXTRA_ORDERED);
    const F *max_share = LINK(MAX_SHARE), *credit = LINK(CREDIT), *need = STOCKS(NEED);
    const I *buyer = LINK_INT(BUYER), *controlled = LINK_INT(CONTROLLED);
    for (I l = 0; l < w->n_links; l++) {
        F top = max_share[l];
        if (top < INFINITY) top *= need[buyer[l]];
        if (controlled[l] == 1 && credit[l] < top) top = credit[l];
        bound[l] = top;
        extra_ordered[l] = 0.0;
    }
}

static void order_by_share(World *w)
{
    F *ordered = LINK(ORDERED);
    const F *max_share = LINK(MAX_SHARE), *share = LINK(SHARE), *trust = LINK(TRUST), *bound = LINK(BOUND);
    const F *order = STOCKS(ORDER), *switching = STOCKS(SWITCHING);
    const I *first = STOCK_INT(LINK_FIRST), *last = STOCK_INT(LINK_LAST);
    for (I s = 0; s < w->n_stocks; s++) {
        F total = 0.0;
        for (I l = first[s]; l < last[s]; l++)
            if (max_share[l] > 0.0) total += share[l];
        F each = total > 0.0 ? order[s] / total : 0.0;
        for (I l = first[s]; l < last[s]; l++)
            ordered[l] = max_share[l] > 0.0
                ? least(each * share[l] * (1.0 - switching[s] * (1.0 - trust[l])), bound[l]) : 0.0;
    }
}

static void switch_rest(World *w)
{
    F *ordered = LINK(ORDERED), *rooms = LINK(SHIPPED);
    const F *max_share = LINK(MAX_SHARE), *trust = LINK(TRUST), *bound = LINK(BOUND);
    const F *orders = STOCKS(ORDER), *switching = STOCKS(SWITCHING);
    const F *pool_order = POOLS(POOL_ORDER), *pool_credit = POOLS(POOL_CREDIT);
    const I *first = STOCK_INT(LINK_FIRST), *last = STOCK_INT(LINK_LAST), *pool = LINK_INT(POOL);
    for (I s = 0; s < w->n_stocks; s++) {
        F order = orders[s], given = 0.0, total = 0.0;
        for (I l = first[s]; l < last[s]; l++) given += ordered[l];
        F left = order - given;
        if (left <= 1e-12 * order || switching[s] == 0.0) continue;
        for (I l = first[s]; l < last[s]; l++) {
            F room = most(0.0, least(bound[l], order) - ordered[l]);
            I q = pool[l];
            if (max_share[l] <= 0.0 || (q >= 0 && pool_order[q] > pool_credit[q])) room = 0.0;
            rooms[l] = room;
            total += room * trust[l];
        }
        if (total > 0.0) {
            F each = switching[s] * left / total;
            for (I l = first[s]; l < last[s]; l++) ordered[l] += least(rooms[l], each * rooms[l] * trust[l]);
        }
    }
}

static void inflate(World *w)
{
    F *ordered = LINK(ORDERED);
    const F *bound = LINK(BOUND), *available = LINK(AVAILABLE), *inflation = STOCKS(INFLATION);
    const I *first = STOCK_INT(LINK_FIRST), *last = STOCK_INT(LINK_LAST);
    for (I s = 0; s < w->n_stocks; s++) {
        if (inflation[s] == 0.0) continue;
        for (I l = first[s]; l < last[s]; l++) {
            F more = 1.0 / most(available[l], 1.0 / w->options[3]);
            if (more > 1.0) ordered[l] = least(bound[l], ordered[l] * pow(more, inflation[s]));
        }
    }
}

static void apply_pools(World *w)
{
    F *ordered = LINK(ORDERED), *extra_ordered = LINK(EXTRA_ORDERED);
    F *pool_order = POOLS(POOL_ORDER), *pool_credit = POOLS(POOL_CREDIT);
    const I *pool = LINK_INT(POOL), *turn = LINK_INT(TURN), *rule = w->pool_ints + POOL_RULE * w->n_pools;
    for (I q = 0; q < w->n_pools; q++) pool_order[q] = 0.0;
    for (I l = 0; l < w->n_links; l++)
        if (pool[l] >= 0) pool_order[pool[l]] += ordered[l];
    for (I q = 0; q < w->n_pools; q++) {
        if (pool_order[q] <= pool_credit[q]) continue;
        F ratio = pool_credit[q] / pool_order[q], left = pool_credit[q];
        for (I i = 0; i < w->n_links; i++) {
            I l = turn[i];
            if (pool[l] != q || ordered[l] <= 0.0) continue;
            if (rule[q] == 1) {
                ratio = least(1.0, left / ordered[l]);
                left = most(0.0, left - ordered[l] * ratio);
            }
            ordered[l] *= ratio;
            extra_ordered[l] *= ratio;
        }
    }
}

static void add_emergency(World *w)
{
    F *ordered = LINK(ORDERED), *extra_ordered = LINK(EXTRA_ORDERED);
    const F *extra = LINK(EXTRA), *credit = LINK(CREDIT);
    const I *controlled = LINK_INT(CONTROLLED);
    for (I l = 0; l < w->n_links; l++)
        if (extra[l] > 0.0) {
            F more = extra[l];
            if (controlled[l] == 1) more = least(more, most(0.0, credit[l] - ordered[l]));
            extra_ordered[l] = more;
            ordered[l] += more;
        }
}

static void split_orders(World *w)
{
    bound_links(w);
    order_by_share(w);
    if (w->flags[HAS_POOL] == 1) apply_pools(w);
    switch_rest(w);
    inflate(w);
    if (w->flags[HAS_EXTRA] == 1) add_emergency(w);
    if (w->flags[HAS_POOL] == 1) apply_pools(w);
}

static void add_demand(World *w, I t)
{
    const F *rate = DEMANDS(DEMAND_RATE), *factor = DEMANDS(DEMAND_FACTOR), *backlog = DEMANDS(BACKLOG);
    const F *ordered = LINK(ORDERED);
    F *final = DEMANDS(FINAL), *demand = PROCESS(DEMAND);
    const I *row = DEMAND_INT(DEMAND_PROFILE), *out = LINK_INT(OUT_LINK);
    const I *d_first = PROCESS_INT(DEMAND_FIRST), *d_last = PROCESS_INT(DEMAND_LAST);
    const I *first = PROCESS_INT(OUT_FIRST), *last = PROCESS_INT(OUT_LAST);
    for (I p = 0; p < w->n_processes; p++) {
        F total = 0.0;
        for (I d = d_first[p]; d < d_last[p]; d++) {
            F now = rate[d] * factor[d];
            if (row[d] >= 0) now *= w->profile[t * w->n_profiles + row[d]];
            final[d] = now;
            total += now + backlog[d];
        }
        for (I i = first[p]; i < last[p]; i++) total += ordered[out[i]];
        demand[p] = total;
    }
}

/* step 4: starts ------------------------------------------------------------------------------- */

static void stretch(World *w)
{
    const F *demand = PROCESS(DEMAND), *output = PROCESS(OUTPUT), *top = PROCESS(OVER_MAX), *time = PROCESS(OVER_TIME);
    F *alpha = PROCESS(ALPHA);
    for (I p = 0; p < w->n_processes; p++)
        if (PROCESS_INT(OVER_LAW)[p] == 1) {
            F gap = demand[p] - output[p];
            int is_short = gap > SLACK * PROCESS(CAPACITY)[p];
            F change = is_short ? (top[p] - alpha[p]) * (gap / demand[p]) : 1.0 - alpha[p];
            alpha[p] = alpha[p] + change / time[p];
        }
}

static void wish(World *w)
{
    const F *yield_ = PROCESS(YIELD_), *pipeline = PROCESS(PIPELINE), *target = PROCESS(FINISHED_TARGET);
    const F *finished = PROCESS(FINISHED), *in_process = PROCESS(IN_PROCESS), *demand = PROCESS(DEMAND);
    const F *storage = PROCESS(STORAGE), *steady = PROCESS(STEADY);
    const F *adjust = PROCESS(FINISHED_ADJUST), *capacities = PROCESS(CAPACITY), *factor = PROCESS(FACTOR);
    F *alpha = PROCESS(ALPHA), *want = PROCESS(WANTED), *ceiling = PROCESS(CEILING);
    for (I p = 0; p < w->n_processes; p++) {
        F good = yield_[p];
        F gap = target[p] + pipeline[p] - finished[p];
        gap -= good * in_process[p];
        F wanted = most(0.0, (demand[p] + gap / adjust[p]) / good);
        if (storage[p] < INFINITY) {
            F room = storage[p] + pipeline[p] + demand[p] - finished[p];
            room -= good * in_process[p];
            wanted = least(most(wanted, steady[p]), most(0.0, room) / good);
        }
        F capacity = capacities[p] * factor[p] * alpha[p];
        int binds = wanted > capacity * (1.0 + SLACK);
        PROCESS_INT(LIMIT)[p] = binds ? BY_CAPACITY : BY_DEMAND;
        want[p] = least(wanted, capacity);
        ceiling[p] = capacity;
        if (PROCESS_INT(OVER_LAW)[p] == 2) {
            F goal = binds && factor[p] > 0.0 ? PROCESS(OVER_MAX)[p] : 1.0;
            F step = -expm1(-1.0 / PROCESS(OVER_TIME)[p]);
            alpha[p] += (goal - alpha[p]) * step;
        }
    }
}

static void save_inputs(World *w)
{
    const F *in_amount = INPUT(IN_AMOUNT), *saving = STOCKS(THRIFT_SAVING), *below = STOCKS(THRIFT_BELOW);
    const F *need = STOCKS(BASE_NEED), *stock = STOCKS(STOCK);
    const I *in_stock = INPUT_INT(IN_STOCK);
    F *amounts = INPUT(AMOUNT);
    for (I k = 0; k < w->n_inputs; k++) {
        F amount = in_amount[k];
        I s = in_stock[k];
        if (saving[s] > 0.0 && stock[s] < below[s] * need[s] * (1.0 - SLACK)) amount *= 1.0 - saving[s];
        amounts[k] = amount;
    }
}

static void add_use(World *w, I row, I by)
{
    F *use = STOCKS(row);
    const F *amount = INPUT(AMOUNT), *starts = PROCESS(by);
    const I *first = PROCESS_INT(IN_FIRST), *last = PROCESS_INT(IN_LAST), *in_stock = INPUT_INT(IN_STOCK);
    for (I s = 0; s < w->n_stocks; s++) use[s] = 0.0;
    for (I p = 0; p < w->n_processes; p++)
        for (I k = first[p]; k < last[p]; k++) use[in_stock[k]] += amount[k] * starts[p];
}

static void leontief(World *w)
{
    const F *wanted = PROCESS(WANTED), *base = PROCESS(BASE_STARTS), *critical = INPUT(IN_CRITICAL);
    const F *stock = STOCKS(STOCK), *uses = STOCKS(USE);
    const I *first = PROCESS_INT(IN_FIRST), *last = PROCESS_INT(IN_LAST), *in_stock = INPUT_INT(IN_STOCK);
    F *starts = PROCESS(STARTS);
    for (I p = 0; p < w->n_processes; p++) {
        F want = wanted[p], y = want;
        for (I k = first[p]; k < last[p]; k++) {
            I s = in_stock[k];
            F omega = critical[k], use = uses[s];
            if (omega == 0.0 || (omega == 1.0 && stock[s] >= use) || use <= 0.0) continue;
            F reach = want * (stock[s] / use);
            if (omega < 1.0) reach = (1.0 - omega) * base[p] + omega * reach;
            if (reach < y) {
                y = reach;
                if (y < want * (1.0 - SLACK)) PROCESS_INT(LIMIT)[p] = s;
            }
        }
        starts[p] = y;
    }
}

static void smooth(World *w, I p)
{
    F theta = PROCESS_INT(FAMILY)[p] == 1 ? INFINITY : PROCESS(ELASTICITY)[p];
    F worst = 1.0, total = theta == 1.0 ? 1.0 : 0.0;
    for (I k = PROCESS_INT(IN_FIRST)[p]; k < PROCESS_INT(IN_LAST)[p]; k++) {
        I s = INPUT_INT(IN_STOCK)[k];
        F v = INPUT(IN_WEIGHT)[k], use = STOCKS(USE)[s];
        if (v <= 0.0) continue;
        F rho = use > 0.0 ? least(1.0, STOCKS(STOCK)[s] / use) : 1.0;
        if (rho < SLACK && theta != INFINITY) rho = 0.0;
        if (rho < worst) {
            worst = rho;
            if (rho < 1.0 - SLACK) PROCESS_INT(LIMIT)[p] = s;
        }
        if (theta == INFINITY) total += v * rho;
        else if (theta == 1.0) total *= pow(rho, v);
        else if (theta > 1.0 || (theta > 0.0 && worst > 0.0)) total += v * pow(rho, (theta - 1.0) / theta);
    }
    F share = total;
    if (worst == 1.0) share = 1.0;
    else if (theta == 0.0 || (theta < 1.0 && worst == 0.0)) share = worst;
    else if (theta != INFINITY && theta != 1.0) share = pow(total, theta / (theta - 1.0));
    PROCESS(STARTS)[p] = PROCESS(WANTED)[p] * share;
}

static void adaptive(World *w, I p)
{
    F want = PROCESS(WANTED)[p], y = want;
    for (I k = PROCESS_INT(IN_FIRST)[p]; k < PROCESS_INT(IN_LAST)[p]; k++) {
        I s = INPUT_INT(IN_STOCK)[k];
        F asked = PROCESS(PSI)[p] * STOCKS(COVER)[s] * INPUT(AMOUNT)[k] * want;
        if (asked > 0.0) {
            F reach = want * least(1.0, STOCKS(STOCK)[s] / asked);
            if (reach < y) {
                y = reach;
                if (y < want * (1.0 - SLACK)) PROCESS_INT(LIMIT)[p] = s;
            }
        }
    }
    PROCESS(STARTS)[p] = y;
}

static F own_bound(World *w, I p)
{
    F want = PROCESS(WANTED)[p], y = want;
    for (I k = PROCESS_INT(IN_FIRST)[p]; k < PROCESS_INT(IN_LAST)[p]; k++) {
        I s = INPUT_INT(IN_STOCK)[k];
        F omega = INPUT(IN_CRITICAL)[k], asked = INPUT(AMOUNT)[k] * want;
        if (omega == 0.0 || asked <= 0.0) continue;
        F reach = want * (STOCKS(STOCK)[s] / asked);
        if (omega < 1.0) reach = (1.0 - omega) * PROCESS(BASE_STARTS)[p] + omega * reach;
        if (reach < y) {
            y = reach;
            if (y < want * (1.0 - SLACK)) PROCESS_INT(LIMIT)[p] = s;
        }
    }
    return y;
}

static void in_turn(World *w)
{
    F *stock = STOCKS(STOCK), *used = STOCKS(USED), *taken = STOCKS(TAKEN), *uses = STOCKS(USE);
    const F *amount = INPUT(AMOUNT);
    const I *in_stock = INPUT_INT(IN_STOCK);
    F *wanted = malloc((size_t)w->n_stocks * sizeof(F));
    for (I s = 0; s < w->n_stocks; s++) taken[s] = 0.0, wanted[s] = uses[s];
    for (I i = 0; i < w->n_processes; i++) {
        I p = PROCESS_INT(RANK)[i], first = PROCESS_INT(IN_FIRST)[p], last = PROCESS_INT(IN_LAST)[p];
        for (I k = first; k < last; k++) uses[in_stock[k]] = amount[k] * PROCESS(WANTED)[p];
        I family = PROCESS_INT(FAMILY)[p];
        if (family == 3) adaptive(w, p);
        else if (family > 0) smooth(w, p);
        else PROCESS(STARTS)[p] = own_bound(w, p);
        for (I k = first; k < last; k++) {
            I s = in_stock[k];
            F use = least(amount[k] * PROCESS(STARTS)[p], stock[s]);
            stock[s] -= use, used[s] += use, taken[s] += use;
        }
    }
    for (I s = 0; s < w->n_stocks; s++) uses[s] = wanted[s];
    free(wanted);
}

static void take_inputs(World *w)
{
    F *stock = STOCKS(STOCK), *used = STOCKS(USED), *taken = STOCKS(TAKEN);
    for (I s = 0; s < w->n_stocks; s++) {
        F use = least(taken[s], stock[s]);
        taken[s] = use, stock[s] -= use, used[s] += use;
    }
}

static void start_production(World *w)
{
    stretch(w);
    wish(w);
    save_inputs(w);
    add_use(w, USE, WANTED);
    if (w->options[2] == 1.0) {
        in_turn(w);
        return;
    }
    leontief(w);
    for (I p = 0; p < w->n_processes; p++) {
        I family = PROCESS_INT(FAMILY)[p];
        if (family == 3) adaptive(w, p);
        else if (family > 0) smooth(w, p);
    }
    add_use(w, TAKEN, STARTS);
    take_inputs(w);
}

/* step 5: work in process ---------------------------------------------------------------------- */

static void complete(World *w, I t)
{
    I length = w->line_length, today = t % length;
    F *starts = PROCESS(STARTS), *in_process = PROCESS(IN_PROCESS), *output = PROCESS(OUTPUT);
    F *finished = PROCESS(FINISHED), *line = w->line, *row = w->line + today * w->n_processes;
    const F *yield_ = PROCESS(YIELD_);
    const I *cycle = PROCESS_INT(CYCLE);
    for (I p = 0; p < w->n_processes; p++) {
        I due = today + cycle[p];
        line[(due < length ? due : due - length) * w->n_processes + p] += starts[p];
        F done = row[p];
        row[p] = 0.0;
        in_process[p] += starts[p] - done;
        output[p] = yield_[p] * done;
        finished[p] += output[p];
    }
}

/* step 6: rationing and shipping --------------------------------------------------------------- */

static void serve_all(World *w)
{
    F *served = DEMANDS(SERVED), *shipped = LINK(SHIPPED);
    const F *final = DEMANDS(FINAL), *backlog = DEMANDS(BACKLOG), *ordered = LINK(ORDERED);
    for (I l = 0; l < w->n_links; l++) shipped[l] = ordered[l];
    for (I d = 0; d < w->n_demands; d++) served[d] = final[d] + backlog[d];
}

static void in_proportion(World *w, I p, F ratio)
{
    F *served = DEMANDS(SERVED), *shipped = LINK(SHIPPED);
    const I *out = LINK_INT(OUT_LINK);
    for (I d = PROCESS_INT(DEMAND_FIRST)[p]; d < PROCESS_INT(DEMAND_LAST)[p]; d++) served[d] *= ratio;
    for (I i = PROCESS_INT(OUT_FIRST)[p]; i < PROCESS_INT(OUT_LAST)[p]; i++) shipped[out[i]] *= ratio;
}

static void by_priority(World *w, I p)
{
    F *served = DEMANDS(SERVED), *shipped = LINK(SHIPPED), left = PROCESS(FINISHED)[p];
    const F *final = DEMANDS(FINAL), *backlog = DEMANDS(BACKLOG), *ordered = LINK(ORDERED);
    const I *out = LINK_INT(OUT_LINK), *of_demand = DEMAND_INT(DEMAND_PRIORITY), *of_link = LINK_INT(PRIORITY);
    I d_first = PROCESS_INT(DEMAND_FIRST)[p], d_last = PROCESS_INT(DEMAND_LAST)[p];
    I first = PROCESS_INT(OUT_FIRST)[p], last = PROCESS_INT(OUT_LAST)[p];
    for (I rank = 0; rank < CLASSES; rank++) {
        F asked = 0.0;
        for (I d = d_first; d < d_last; d++)
            if (of_demand[d] == rank) asked += final[d] + backlog[d];
        for (I i = first; i < last; i++)
            if (of_link[out[i]] == rank) asked += ordered[out[i]];
        F ratio = asked > 0.0 ? least(1.0, left / asked) : 0.0;
        for (I d = d_first; d < d_last; d++)
            if (of_demand[d] == rank) served[d] = (final[d] + backlog[d]) * ratio;
        for (I i = first; i < last; i++)
            if (of_link[out[i]] == rank) shipped[out[i]] = ordered[out[i]] * ratio;
        left = most(0.0, left - asked * ratio);
    }
}

static inline F base_of(F claim, F base, int uniform)
{
    return uniform ? 1.0 : base > 0.0 ? base : claim;
}

static F fill_below(World *w, I p, F level, int uniform)
{
    F *served = DEMANDS(SERVED), *shipped = LINK(SHIPPED), done = -1.0;
    for (I d = PROCESS_INT(DEMAND_FIRST)[p]; d < PROCESS_INT(DEMAND_LAST)[p]; d++) {
        F claim = DEMANDS(FINAL)[d] + DEMANDS(BACKLOG)[d];
        if (served[d] < 0.0 && claim <= level * base_of(claim, DEMANDS(DEMAND_RATE)[d], uniform))
            served[d] = claim, done = most(done, 0.0) + claim;
    }
    for (I i = PROCESS_INT(OUT_FIRST)[p]; i < PROCESS_INT(OUT_LAST)[p]; i++) {
        I l = LINK_INT(OUT_LINK)[i];
        F claim = LINK(ORDERED)[l];
        if (shipped[l] < 0.0 && claim <= level * base_of(claim, LINK(RATION_BASE)[l], uniform))
            shipped[l] = claim, done = most(done, 0.0) + claim;
    }
    return done;
}

static void fill_rest(World *w, I p, F level, int uniform)
{
    F *served = DEMANDS(SERVED), *shipped = LINK(SHIPPED);
    for (I d = PROCESS_INT(DEMAND_FIRST)[p]; d < PROCESS_INT(DEMAND_LAST)[p]; d++)
        if (served[d] < 0.0)
            served[d] = level
                * base_of(DEMANDS(FINAL)[d] + DEMANDS(BACKLOG)[d], DEMANDS(DEMAND_RATE)[d], uniform);
    for (I i = PROCESS_INT(OUT_FIRST)[p]; i < PROCESS_INT(OUT_LAST)[p]; i++) {
        I l = LINK_INT(OUT_LINK)[i];
        if (shipped[l] < 0.0) shipped[l] = level * base_of(LINK(ORDERED)[l], LINK(RATION_BASE)[l], uniform);
    }
}

static void by_level(World *w, I p, int uniform)
{
    F *served = DEMANDS(SERVED), *shipped = LINK(SHIPPED), left = PROCESS(FINISHED)[p], level = 0.0;
    const I *out = LINK_INT(OUT_LINK);
    I d_first = PROCESS_INT(DEMAND_FIRST)[p], d_last = PROCESS_INT(DEMAND_LAST)[p];
    I first = PROCESS_INT(OUT_FIRST)[p], last = PROCESS_INT(OUT_LAST)[p];
    for (I d = d_first; d < d_last; d++) served[d] = -1.0;
    for (I i = first; i < last; i++) shipped[out[i]] = -1.0;
    for (;;) {
        F base = 0.0;
        for (I d = d_first; d < d_last; d++)
            if (served[d] < 0.0)
                base += base_of(DEMANDS(FINAL)[d] + DEMANDS(BACKLOG)[d], DEMANDS(DEMAND_RATE)[d], uniform);
        for (I i = first; i < last; i++)
            if (shipped[out[i]] < 0.0) base += base_of(LINK(ORDERED)[out[i]], LINK(RATION_BASE)[out[i]], uniform);
        if (base <= 0.0) break;
        level = left / base;
        F done = fill_below(w, p, level, uniform);
        if (done < 0.0) break;
        left = most(0.0, left - done);
    }
    fill_rest(w, p, level, uniform);
}

static void ration(World *w)
{
    const F *demand = PROCESS(DEMAND);
    F *finished = PROCESS(FINISHED);
    serve_all(w);
    for (I p = 0; p < w->n_processes; p++) {
        if (demand[p] <= finished[p]) {
            finished[p] -= demand[p];
            continue;
        }
        I rule = PROCESS_INT(RATIONING)[p];
        if (rule == 0) in_proportion(w, p, finished[p] / demand[p]);
        else if (rule == 1) by_priority(w, p);
        else by_level(w, p, rule == 3);
        finished[p] = 0.0;
    }
}

static void settle_demand(World *w)
{
    F *backlog = DEMANDS(BACKLOG);
    const F *final = DEMANDS(FINAL), *served = DEMANDS(SERVED);
    for (I d = 0; d < w->n_demands; d++)
        if (DEMAND_INT(DEMAND_BACKLOG)[d] == 1) backlog[d] = most(0.0, final[d] + backlog[d] - served[d]);
}

static void draw_credit(World *w)
{
    F *credit = LINK(CREDIT), *drawn = LINK(DRAWN), *extra = LINK(EXTRA), *pool_credit = POOLS(POOL_CREDIT);
    const F *shipped = LINK(SHIPPED), *ordered = LINK(ORDERED), *extra_ordered = LINK(EXTRA_ORDERED);
    const I *controlled = LINK_INT(CONTROLLED), *pool = LINK_INT(POOL);
    for (I l = 0; l < w->n_links; l++) {
        F q = shipped[l];
        if (q <= 0.0) continue;
        if (controlled[l] == 1) credit[l] = most(0.0, credit[l] - q), drawn[l] += q;
        if (pool[l] >= 0) pool_credit[pool[l]] = most(0.0, pool_credit[pool[l]] - q);
        if (extra_ordered[l] > 0.0) {
            F part = q * (extra_ordered[l] / ordered[l]);
            extra[l] = most(0.0, extra[l] - part);
            STOCKS(RESERVE)[LINK_INT(BUYER)[l]] += part;
        }
    }
}

static void send(World *w, I t)
{
    I length = w->horizon, today = t % length;
    F *stock = STOCKS(STOCK), *transit = STOCKS(TRANSIT);
    const F *shipped = LINK(SHIPPED);
    const I *leads = LINK_INT(LEAD), *law = LINK_INT(LEAD_LAW), *lives = STOCK_INT(LIFE);
    const I *first = STOCK_INT(LINK_FIRST), *last = STOCK_INT(LINK_LAST);
    for (I s = 0; s < w->n_stocks; s++) {
        F moving = 0.0, delivered = 0.0;
        for (I l = first[s]; l < last[s]; l++) {
            F q = shipped[l];
            if (q <= 0.0) continue;
            I lead = leads[l], row = law[l];
            if (row >= 0)
                lead = draw_lead(w, row, keyed_uniform(w->streams[row], (uint64_t)w->replication, (uint64_t)t));
            if (lead > 0) {
                I day = today + lead;
                w->ring[(day < length ? day : day - length) * w->n_links + l] += q;
                moving += q;
                continue;
            }
            delivered += q;
            if (lives[s] > 0) STOCKS(LINK_INT(AGE)[l] >= lives[s] ? MATURED : LATE)[s] += q;
        }
        transit[s] += moving;
        stock[s] += delivered;
    }
}

/* steps 7 to 9: beliefs, orders, records and thresholds ----------------------------------------- */

static void learn(World *w)
{
    F exponent = w->options[0], weight = w->options[1];
    F *available = LINK(AVAILABLE), *trust = LINK(TRUST);
    const F *ordered = LINK(ORDERED), *shipped = LINK(SHIPPED), *need = STOCKS(BASE_NEED), *order = STOCKS(ORDER);
    const I *buyer = LINK_INT(BUYER);
    if (exponent == 0.0) return;
    for (I l = 0; l < w->n_links; l++)
        if (ordered[l] > DUST * most(need[buyer[l]], order[buyer[l]])) {
            F filled = shipped[l] / ordered[l];
            if (filled != 1.0 || available[l] != 1.0) {
                available[l] += (filled - available[l]) * weight;
                trust[l] = most(PROBE, exponent == 1.0 ? available[l] : pow(available[l], exponent));
            }
        }
}

static void place_orders(World *w)
{
    const F *stock = STOCKS(STOCK), *transit = STOCKS(TRANSIT), *cover = STOCKS(COVER), *use = STOCKS(USE);
    const F *taken = STOCKS(TAKEN), *adjust = STOCKS(ADJUST), *level = STOCKS(LEVEL), *reserve = STOCKS(RESERVE);
    const F *lead_days = STOCKS(LEAD_DAYS), *weight = STOCKS(FORECAST_WEIGHT);
    F *need = STOCKS(NEED), *orders = STOCKS(ORDER);
    for (I s = 0; s < w->n_stocks; s++) {
        F position = stock[s] + transit[s];
        I rule = STOCK_INT(FORECAST)[s];
        if (rule == 2) {
            F gap = use[s] * (cover[s] + lead_days[s]) - position;
            orders[s] = taken[s] + (gap > 0.0 ? gap : 0.0) / adjust[s];
            continue;
        }
        if (rule == 1) need[s] += (use[s] - need[s]) * weight[s];
        F target = isnan(level[s]) ? need[s] * (cover[s] + lead_days[s]) : level[s];
        F order = need[s] + (target + reserve[s] - position) / adjust[s];
        orders[s] = order > 0.0 ? order : 0.0;
    }
}

static void copy(F *to, const F *from, I t, I number)
{
    to += t * number;
    for (I i = 0; i < number; i++) to[i] = from[i];
}

static void record(World *w, I t)
{
    if (t < w->kept) {
        copy(w->starts, PROCESS(STARTS), t, w->n_processes);
        copy(w->output, PROCESS(OUTPUT), t, w->n_processes);
        for (I p = 0; p < w->n_processes; p++) w->limiting[t * w->n_processes + p] = PROCESS_INT(LIMIT)[p];
        copy(w->stock, STOCKS(STOCK), t, w->n_stocks);
        copy(w->shipped, LINK(SHIPPED), t, w->n_links);
        copy(w->served, DEMANDS(SERVED), t, w->n_demands);
    }
    if (t < w->kept_fully) {
        copy(w->finished, PROCESS(FINISHED), t, w->n_processes);
        copy(w->capacity, PROCESS(CEILING), t, w->n_processes);
        copy(w->order, STOCKS(ORDER), t, w->n_stocks);
        copy(w->expired, STOCKS(EXPIRED), t, w->n_stocks);
        for (I l = 0; l < w->n_links; l++)
            w->credit[t * w->n_links + l] = LINK_INT(CONTROLLED)[l] == 1 ? LINK(CREDIT)[l] : NAN;
    }
}

static void record_unmet(World *w, I t)
{
    if (t >= w->kept) return;
    for (I d = 0; d < w->n_demands; d++)
        w->unmet[t * w->n_demands + d] = most(0.0, DEMANDS(FINAL)[d] + DEMANDS(BACKLOG)[d] - DEMANDS(SERVED)[d]);
}

static int crossed(const World *w)
{
    const F *credit = LINK(CREDIT), *arm_credit = LINK(ARM_CREDIT), *base = LINK(RATION_BASE);
    const F *stock = STOCKS(STOCK), *arm_cover = STOCKS(ARM_COVER), *need = STOCKS(BASE_NEED);
    for (I l = 0; l < w->n_links; l++)
        if (arm_credit[l] > -INFINITY && credit[l] < arm_credit[l] - SLACK * base[l]) return 1;
    for (I s = 0; s < w->n_stocks; s++)
        if (arm_cover[s] > -INFINITY && stock[s] < arm_cover[s] * need[s] * (1.0 - SLACK)) return 1;
    return 0;
}

I run_days(World *w, I first, I last)
{
    for (I t = first; t < last; t++) {
        arrive(w, t);
        split_orders(w);
        add_demand(w, t);
        start_production(w);
        complete(w, t);
        ration(w);
        record_unmet(w, t);
        settle_demand(w);
        draw_credit(w);
        send(w, t);
        learn(w);
        place_orders(w);
        record(w, t);
        if (w->flags[HAS_ARMED] == 1 && crossed(w)) {
            w->flags[CROSSED] = 1;
            return t + 1;
        }
    }
    return last;
}
