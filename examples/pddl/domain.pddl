; A garden: one gardener, one watering can, beds to sow and to water.
(define (domain garden)
  (:requirements :strips :typing :negative-preconditions :equality)
  (:types spot seed tool - object bed tap shed - spot)
  (:constants can - tool)
  (:predicates
    (at ?s - spot)
    (path ?from ?to - spot)
    (have ?x - object)
    (full ?t - tool)
    (lies ?x - object ?s - spot)
    (sown ?b - bed)
    (grows ?s - seed ?b - bed)
    (watered ?b - bed))
  (:action walk
    :parameters (?from ?to - spot)
    :precondition (and (at ?from) (path ?from ?to) (not (= ?from ?to)))
    :effect (and (at ?to) (not (at ?from))))
  (:action take
    :parameters (?x - object ?s - spot)
    :precondition (and (at ?s) (lies ?x ?s))
    :effect (and (have ?x) (not (lies ?x ?s))))
  (:action leave
    :parameters (?x - object ?s - spot)
    :precondition (and (at ?s) (have ?x))
    :effect (and (lies ?x ?s) (not (have ?x))))
  (:action fill
    :parameters (?t - tap)
    :precondition (and (at ?t) (have can) (not (full can)))
    :effect (full can))
  (:action sow
    :parameters (?s - seed ?b - bed)
    :precondition (and (at ?b) (have ?s) (not (sown ?b)))
    :effect (and (sown ?b) (grows ?s ?b) (not (have ?s))))
  (:action water
    :parameters (?b - bed)
    :precondition (and (at ?b) (have can) (full can) (sown ?b) (not (watered ?b)))
    :effect (and (watered ?b) (not (full can)))))
