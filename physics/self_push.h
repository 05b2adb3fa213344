// SPDX-License-Identifier: Apache-2.0
/// Contact of the film with itself: nodes are kept at a distance from the triangles of other parts of the
/// film, on the side that they came from, with Coulomb friction as in Contacts.
#pragma once
#include "physics/film_grid.h"
#include "physics/stiffness.h"

#include <array>
#include <vector>

namespace radforge::physics {

class SelfPush {
public:
    /// @param distance_m  kept between a node and other parts of the film
    SelfPush(const FilmGrid& grid, double distance_m, double friction);
    /// Looks for nodes near other parts of the film. A node must not move farther than longest_move_m()
    /// between two looks, or it may pass through unseen.
    void look(const std::vector<Vec3d>& x);
    bool any() const { return !pairs_.empty(); }
    double longest_move_m() const { return 0.4 * reach_m_; }
    double energy_j(const std::vector<Vec3d>& x) const;
    void add_to(Stiffness& system, const std::vector<Vec3d>& x) const;
    /// Ends a step: the normal forces of now limit the friction of the next one.
    void advance(const std::vector<Vec3d>& x);

private:
    /// A node and the point of a triangle nearest to it; the film's side that the node is on, +1 for the side
    /// of the triangle's own normal.
    struct Pair {
        std::array<int, 4> node;       ///< the node, then the triangle's
        std::array<double, 4> weight;  ///< 1, then minus the point's weights
        Vec3d normal;                  ///< from the film to the side that the node belongs to
        double side;
    };
    struct Stick {
        Pair pair;
        Vec3d anchor_m;  ///< of the node as seen from the point
        double limit_n;
    };
    Vec3d apart(const Pair& pair, const std::vector<Vec3d>& x) const;
    Vec3d slip_m(const Stick& stick, const std::vector<Vec3d>& x) const;
    bool same_fold(int a, int b) const;
    double side_before(int node, const std::array<int, 3>& triangle) const;

    FilmGrid grid_;
    double distance_m_, friction_, reach_m_;
    std::vector<Pair> pairs_;  ///< by node
    std::vector<Stick> sticks_;
};

}  // namespace radforge::physics
